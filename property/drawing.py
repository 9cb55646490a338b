"""The family of a parcel as a picture: generations from top to bottom."""

from dataclasses import dataclass

WIDTH, HEIGHT, GAP, RISE = 132, 52, 18, 44
"""Of a box, and the room beside and under it; pixels."""


@dataclass(frozen=True)
class Box:
    parcel: object
    x: int
    y: int
    is_asked: bool

    @property
    def middle(self):
        return self.x + WIDTH // 2

    @property
    def foot(self):
        return self.y + HEIGHT


@dataclass(frozen=True)
class Tree:
    boxes: list
    lines: list
    width: int
    height: int


def tree_of(family, asked):
    """Where each parcel of a Family stands; `asked` is the one that the page is about."""
    depth = {parcel.pk: 0 for parcel in family.parcels}
    for _round in family.parcels:
        before = dict(depth)
        for descent in family.descents:
            depth[descent.child_id] = max(depth[descent.child_id], depth[descent.parent_id] + 1)
        if depth == before:
            break
    rows = {}
    for parcel in family.parcels:
        rows.setdefault(depth[parcel.pk], []).append(parcel)
    widest = max(len(row) for row in rows.values())
    width = widest * (WIDTH + GAP) - GAP
    boxes = {}
    for level, row in rows.items():
        indent = (width - len(row) * (WIDTH + GAP) + GAP) // 2
        for place, parcel in enumerate(row):
            x, y = indent + place * (WIDTH + GAP), level * (HEIGHT + RISE)
            boxes[parcel.pk] = Box(parcel, x, y, parcel.pk == asked.pk)
    lines = [(boxes[descent.parent_id], boxes[descent.child_id]) for descent in family.descents]
    return Tree(list(boxes.values()), lines, width, len(rows) * (HEIGHT + RISE) - RISE)
