"""From the flat plane on which a town is laid out, where its river runs straight, to the ground, where it meanders."""

import numpy as np

from gis_layers.demo.cells import across

REACH = 750.0  # metres from the river over which streets turn with it
FADE = 2600.0  # metres over which the meander dies away
PROBE = 0.5  # metres, for slopes by difference


class Warp:
    """A smooth, nearly shape-keeping map of (along, across) metres to metres on the ground.

    Near the river it follows the meander at right angles; far from it only long waves remain, so that avenues bend a
    little; in the old town short waves make the alleys wind.
    """

    def __init__(self, rng, *, centre, bearing, meander, wavelength, old_town, old_radius):
        self.centre = np.asarray(centre, float)
        turn = np.radians(90 - bearing)  # a compass bearing, clockwise from north, to an angle from the x axis
        self.turn = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        self.bends = [
            (meander, 2 * np.pi / wavelength, rng.uniform(-0.6, 0.6)),
            (meander * 0.22, 2 * np.pi / (wavelength * 0.43), rng.uniform(0, 2 * np.pi)),
        ]
        self.waves = _waves(rng, count=6, length=(1500, 3200), slope=0.035)
        self.ripples = _waves(rng, count=8, length=(70, 150), slope=0.09)
        self.old_town, self.old_radius = np.asarray(old_town, float), old_radius

    def __call__(self, xy):
        """Points (n, 2) of the plane to points (n, 2) on the ground."""
        along, off = xy[..., 0], xy[..., 1]
        bend = sum(size * np.sin(pace * along + start) for size, pace, start in self.bends)
        slope = sum(size * pace * np.cos(pace * along + start) for size, pace, start in self.bends)
        moved = np.stack(
            [
                along - off * np.exp(-((off / REACH) ** 2)) * slope,
                off + bend * np.exp(-((off / FADE) ** 2)),
            ],
            axis=-1,
        )
        moved = moved + _sway(self.waves, xy)
        far = ((xy - self.old_town) ** 2).sum(axis=-1) / self.old_radius**2
        old = far < 4  # beyond, the ripples are smaller than a micrometre
        moved[old] += np.exp(-(far[old] ** 2))[:, None] * _sway(self.ripples, xy[old])
        return self.centre + moved @ self.turn.T

    def winds(self, xy):
        """Mask of the points (n, 2) where short waves bend what is straight by more than a few centimetres."""
        return ((xy - self.old_town) ** 2).sum(axis=-1) < 2 * self.old_radius**2

    def shrink(self, xy, direction):
        """Metres of the plane, square to an edge, that make a metre on the ground (n, k): points, edge directions."""
        here = self(xy)
        ahead = (self(xy + PROBE * direction) - here) / PROBE
        aside = (self(xy + PROBE * across(direction)) - here) / PROBE
        grown = ahead[..., 0] * aside[..., 1] - ahead[..., 1] * aside[..., 0]
        return np.hypot(ahead[..., 0], ahead[..., 1]) / grown

    def growth(self, xy):
        """Square metres on the ground of a square metre of the plane at points (n, 2)."""
        direction = np.broadcast_to([1.0, 0.0], xy.shape)
        here = self(xy)
        ahead = (self(xy + PROBE * direction) - here) / PROBE
        aside = (self(xy + PROBE * across(direction)) - here) / PROBE
        return ahead[..., 0] * aside[..., 1] - ahead[..., 1] * aside[..., 0]


def _waves(rng, *, count, length, slope):
    """Plane waves: wave vector (count, 2), displacement (count, 2) and phase (count,)."""
    heading = rng.uniform(0, np.pi, count) + np.arange(count) * np.pi / count
    pace = 2 * np.pi / rng.uniform(*length, count)
    vector = np.stack([np.cos(heading), np.sin(heading)], axis=-1) * pace[:, None]
    push = rng.uniform(0, 2 * np.pi, count)
    size = slope / pace
    shift = np.stack([np.cos(push), np.sin(push)], axis=-1) * size[:, None]
    return vector, shift, rng.uniform(0, 2 * np.pi, count)


def _sway(waves, xy):
    vector, shift, phase = waves
    return np.sin(xy @ vector.T + phase) @ shift
