// Draws the images that our styles name, so that no sprite is fetched:
// "marker:shape:#fill:#outline" (24 px across) and "hatch:kind:#color" (a 12 px pattern).
// Every map that shows layers of the catalogue imports this module.

import { addImageMaker } from "muni/map";

const RATIO = 2;

const DRAW = { marker: drawMarker, hatch: drawHatch };

addImageMaker((id) => {
  const [kind, ...parts] = id.split(":");
  return DRAW[kind] && { image: DRAW[kind](...parts), options: { pixelRatio: RATIO } };
});

function canvas(size) {
  const context = Object.assign(document.createElement("canvas"), { width: size * RATIO, height: size * RATIO }).getContext("2d");
  context.scale(RATIO, RATIO);
  return context;
}

const pixels = (context) => context.getImageData(0, 0, context.canvas.width, context.canvas.height);

const ring = (radii) =>
  radii.map((r, i) => [r * Math.sin((i * 2 * Math.PI) / radii.length), -r * Math.cos((i * 2 * Math.PI) / radii.length)]);

const SHAPES = {
  circle: ring(Array(36).fill(1)),
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  triangle: ring([1, 1, 1]),
  diamond: ring([1, 1, 1, 1]),
  star: ring(Array(10).fill(0).map((_, i) => (i % 2 ? 0.45 : 1))),
  cross: [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]],
};

function drawMarker(shape, fill, outline) {
  const context = canvas(28);
  context.translate(14, 14);
  context.beginPath();
  for (const [x, y] of SHAPES[shape] ?? SHAPES.circle) context.lineTo(x * 12, y * 12);
  context.closePath();
  if (fill !== "none") {
    context.fillStyle = fill;
    context.fill();
  }
  if (outline !== "none") {
    context.strokeStyle = outline;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
  }
  return pixels(context);
}

function drawHatch(kind, color) {
  const context = canvas(12);
  if (color === "none") return pixels(context);
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 1.6;
  context.beginPath();
  if (kind === "dots") {
    for (const [x, y] of [[3, 3], [9, 9]]) {
      context.moveTo(x + 1.5, y);
      context.arc(x, y, 1.5, 0, 7);
    }
    context.fill();
    return pixels(context);
  }
  for (const shift of [-12, 0, 12]) {
    context.moveTo(shift, 12);
    context.lineTo(shift + 12, 0);
    if (kind === "cross") {
      context.moveTo(shift, 0);
      context.lineTo(shift + 12, 12);
    }
  }
  context.stroke();
  return pixels(context);
}
