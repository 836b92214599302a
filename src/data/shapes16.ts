// shapes-16: 4 shapes × 4 colours that differ in brightness alone. A GAN learns them at 8×8 within seconds on a CPU.

import { downsample } from "./pyramid.ts";
import { atRest, createShapeSet } from "./shapes.ts";

// Drawn pixel by pixel at 8×8, so that they are crisp there; larger views repeat these pixels, 4×4 averages them.
const side = 8;
const drawings = {
  square: "........ .######. .######. .######. .######. .######. .######. ........",
  ring: "........ .######. .#....#. .#....#. .#....#. .#....#. .######. ........",
  X: "........ .#....#. .##..##. ..####.. ..####.. .##..##. .#....#. ........",
  bar: "........ ........ ........ .######. .######. ........ ........ ........",
};
const masks = Object.values(drawings).map(parse); // [8,8] each

const views = new Map<string, Float32Array>();

export const shapes16 = createShapeSet({
  name: "shapes-16",
  shapes: Object.keys(drawings),
  colors: { red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1], yellow: [1, 1, 0] },
  poses: [atRest],
  coverage(shape, _pose, resolution) {
    const key = `${shape} at ${resolution}`;
    let view = views.get(key);
    if (!view) views.set(key, (view = resize(masks[shape]!, resolution)));
    return view;
  },
});

function parse(drawing: string): Float32Array {
  return Float32Array.from(drawing.replaceAll(" ", ""), (letter) => (letter === "#" ? 1 : 0));
}

/** Mask [8,8] as [R,R]. */
function resize(mask: Float32Array, resolution: number): Float32Array {
  const view = new Float32Array(resolution ** 2);
  if (resolution < side) downsample(mask, side, resolution, 1, view);
  else
    view.forEach((_, i) => {
      const [y, x] = [Math.floor(i / resolution), i % resolution];
      view[i] = mask[Math.floor((y * side) / resolution) * side + Math.floor((x * side) / resolution)]!;
    });
  return view;
}
