// Sets of shapes × colours, drawn on demand: every mode is known, and image `index` depends on the seed and `index` alone.

import { createStream } from "../gan/random.ts";
import type { ImageSource } from "../gan/source.ts";

/** Light of a pixel at full brightness, in [0,1]. */
export type Color = readonly [red: number, green: number, blue: number];

/** How an image departs from the template of its mode. */
export interface Pose {
  /** Move to the right and down, and change in size, each from -1 to 1 of what the set allows. */
  x: number;
  y: number;
  size: number;
  /** 0.8 to 1, a factor on the colour. */
  brightness: number;
}

/** What makes a set. A mode is a shape in a colour; modes are counted shape by shape. */
export interface ShapeDesign {
  name: string;
  shapes: readonly string[];
  colors: Readonly<Record<string, Color>>;
  /** See `ShapeSet.poses`. */
  poses: readonly Pose[];
  /** How much of each pixel shape `shape` covers, in [0,1], as [R,R]. The array is read before the next call. */
  coverage(shape: number, pose: Pose, resolution: number): Float32Array;
}

/** A set of shapes that can be opened with any seed. */
export interface ShapeSet {
  name: string;
  /** Native resolution in pixels a side. */
  resolution: number;
  shapes: readonly string[];
  colors: readonly string[];
  /** The light of each colour. */
  palette: readonly Color[];
  /** See `ShapeDesign.coverage`. */
  coverage: ShapeDesign["coverage"];
  /** "red square" and so on: mode shape × (number of colours) + colour. */
  modes: readonly string[];
  /** One image a mode as [R,R,3] in [-1,1], all in the same pose: at rest if none is given. */
  templates(resolution: number, pose?: Pose): Float32Array[];
  /** Poses enough for a census: every image comes close to its mode's template in one of them, and to no other mode's. */
  poses: readonly Pose[];
  /** Writes mode `mode` in pose `pose` at `resolution` as [R,R,3] in [-1,1] into `out` from `offset`. */
  draw(mode: number, pose: Pose, resolution: number, out: Float32Array, offset?: number): void;
  /** Endless images, all modes equally likely, all poses too. */
  open(seed: number): ImageSource;
}

const native = 64;
/** In the middle, at middle size and full brightness. */
export const atRest: Pose = { x: 0, y: 0, size: 0, brightness: 1 };

/** The set that `design` describes. Its background is -1 in all channels. */
export function createShapeSet({ name, shapes, colors, poses, coverage }: ShapeDesign): ShapeSet {
  const palette = Object.values(colors);
  const modes = shapes.flatMap((shape) => Object.keys(colors).map((color) => `${color} ${shape}`));

  const draw: ShapeSet["draw"] = (mode, pose, resolution, out, offset = 0) => {
    const [red, green, blue] = palette[mode % palette.length]!;
    const light = 2 * pose.brightness;
    for (const covered of coverage(Math.floor(mode / palette.length), pose, resolution)) {
      out[offset++] = light * red * covered - 1;
      out[offset++] = light * green * covered - 1;
      out[offset++] = light * blue * covered - 1;
    }
  };

  return {
    name,
    resolution: native,
    shapes,
    colors: Object.keys(colors),
    palette,
    coverage,
    modes,
    poses,
    draw,
    templates: (resolution, pose = atRest) =>
      modes.map((_, mode) => {
        const image = new Float32Array(resolution ** 2 * 3); // [R,R,3]
        draw(mode, pose, resolution, image);
        return image;
      }),
    open(seed) {
      const pick = createPicker(name, seed, modes.length);
      return {
        name,
        channels: 3,
        resolution: native,
        count: Infinity,
        modes,
        modeOf: (index) => pick(index).mode,
        write(index, resolution, out, offset) {
          const { mode, pose } = pick(index);
          draw(mode, pose, resolution, out, offset);
        },
      };
    },
  };
}

/** Which mode in which pose image `index` is: two blocks of random numbers belong to each image. */
function createPicker(
  name: string,
  seed: number,
  modes: number,
): (index: number) => { mode: number; pose: Pose } {
  const stream = createStream(seed, `data ${name}`);
  const drawn = new Float32Array(8);
  return (index) => {
    stream.position = 2 * index;
    const u = stream.uniform(drawn);
    return {
      mode: Math.floor(u[0]! * modes),
      pose: { brightness: 0.8 + 0.2 * u[1]!, x: 2 * u[2]! - 1, y: 2 * u[3]! - 1, size: 2 * u[4]! - 1 },
    };
  };
}
