// Tells shapes × colours apart: the nearest template with brightness fitted, unless a second one explains the image too.

import { type ModeReader, rejections } from "./reader.ts";
import { shrink } from "./shrink.ts";

/** What is asked of a set of shapes. */
export interface Templates {
  shapes: readonly string[];
  colors: readonly string[];
  /** Mode shape × (number of colours) + colour. */
  modes: readonly string[];
  palette: readonly (readonly [red: number, green: number, blue: number])[];
  poses: readonly Pose[];
  /** How much of each pixel a shape covers, [R,R] in [0,1]. The array is read before the next call. */
  coverage(shape: number, pose: Pose, resolution: number): Float32Array;
}

/** How a shape lies; see `Pose` of src/data. */
export interface Pose {
  x: number;
  y: number;
  size: number;
  brightness: number;
}

/**
 * What an image may look like to be counted. With these no real of shapes-16 is rejected, nor one with noise of deviation
 * 0.15, and no blend accepted; of shapes-64 from 8 px on at most 1 % of blends are, in which red and yellow make orange.
 * The radius alone would accept 26 % of the blends of shapes-16 at 8 px.
 */
export interface Limits {
  /** Distance to the fitted template, as a share of the template's own length. */
  radius: number;
  /** Share of a second mode, from 0 to 1. Half is an even blend. */
  blend: number;
  /** Distance that the second mode must take away to count as one, as a share of the template's length. */
  gain: number;
  /** Fitted brightness. Reals have 0.8 to 1, and an even blend of two colours of one shape 0.4 to 0.5. */
  dimmest: number;
  brightest: number;
}

export const limits: Limits = { radius: 0.4, blend: 0.25, gain: 0.1, dimmest: 0.65, brightest: 1.15 };

/** Shapes that are tried in all poses; all are where pixels are few. */
const candidates = 3;
/** Templates are matched at this many pixels a side at most; how near the best comes is measured at all pixels. */
const finest = 16;

/** How near an image comes to the modes. */
export interface Match {
  mode: number;
  brightness: number;
  /** See `Limits`. */
  residual: number;
  share: number;
  gain: number;
}

/** A reader of the modes of `set` at `resolution`. */
export function createShapeReader(set: Templates, resolution: number, within: Limits = limits): ModeReader {
  const match = createMatcher(set, resolution);
  const size = resolution ** 2 * 3;
  return {
    resolution,
    channels: 3,
    modes: set.modes,
    factors: [
      { name: "shape", values: set.shapes },
      { name: "colour", values: set.colors },
    ],
    read(images, count) {
      const labels = new Int16Array(count);
      for (let n = 0; n < count; n++) labels[n] = judge(match(images, n * size), within);
      return labels;
    },
    nearest(images, index) {
      const found = match(images, index * size);
      return found && { mode: found.mode, measure: "distance", value: found.residual, limit: within.radius };
    },
  };
}

function judge(found: Match | undefined, within: Limits): number {
  if (!found) return rejections.broken;
  const { mode, brightness, residual, share, gain } = found;
  if (!(residual <= within.radius)) return rejections.stray;
  if (share > within.blend && gain > within.gain) return rejections.blend;
  if (brightness < within.dimmest || brightness > within.brightest) return rejections.brightness;
  return mode;
}

/**
 * Finds the nearest mode of the image [R,R,3] at `offset`; nothing where a number is not finite. All poses are tried of
 * the shapes that fit best at rest alone.
 */
export function createMatcher(
  { palette, poses, coverage, shapes }: Templates,
  resolution: number,
): (images: Float32Array, offset: number) => Match | undefined {
  const R = Math.min(resolution, finest);
  const [S, C, P] = [shapes.length, palette.length, poses.length];
  const atRest = Math.max(
    0,
    poses.findIndex(({ x, y, size }) => x === 0 && y === 0 && size === 0),
  );
  const covers = Array.from({ length: S * P }, (_, outline) =>
    coverage(Math.floor(outline / P), poses[outline % P]!, R).slice(),
  ); // [R,R] for each outline: shape × poses + pose
  const correlate = createCorrelator(covers, palette);
  const overlap = gram(covers); // [S·P,S·P]
  const light = gram(palette); // [C,C]
  const full = new Map<number, Float32Array>();
  const view = R === resolution ? undefined : new Float32Array(R ** 2 * 3); // [R,R,3]

  /** Inner product of two templates. */
  const between = (a: number, colorA: number, b: number, colorB: number) =>
    overlap[a * S * P + b]! * light[colorA * C + colorB]!;

  const outlineOf = new Int32Array(S); // of each shape, the best outline so far, what it explains, and in which colour
  const colorOf = new Int32Array(S);
  const explainedBy = new Float64Array(S);

  /** Looks how much of the image's light an outline explains in its best colour. */
  const tryOutline = (shape: number, outline: number) => {
    const found = correlate.inner(outline);
    const own = overlap[outline * S * P + outline]!;
    for (let color = 0; color < C; color++) {
      const both = found[color]!;
      if (both <= 0) continue;
      const explained = both ** 2 / (own * light[color * C + color]!);
      if (explained <= explainedBy[shape]!) continue;
      explainedBy[shape] = explained;
      outlineOf[shape] = outline;
      colorOf[shape] = color;
    }
  };

  return (images, offset) => {
    const size = resolution ** 2 * 3;
    for (let i = offset; i < offset + size; i++) if (!Number.isFinite(images[i])) return undefined;
    if (view) shrink(images, offset, resolution, R, 3, view);
    correlate.look(view ?? images, view ? 0 : offset);

    explainedBy.fill(-1);
    for (let shape = 0; shape < S; shape++) {
      outlineOf[shape] = shape * P + atRest;
      tryOutline(shape, shape * P + atRest);
    }
    if (P > 1)
      for (const shape of largest(explainedBy, R > 4 ? candidates : S))
        for (let pose = 0; pose < P; pose++) tryOutline(shape, shape * P + pose);
    const [best] = largest(explainedBy, 1) as [number];
    const [outline, color] = [outlineOf[best]!, colorOf[best]!];
    const own = between(outline, color, outline, color);
    const rough = correlate.inner(outline)[color]! / own;

    // The mode that, added to the best one, explains most of what is left.
    let [share, gained] = [0, 0];
    for (let shape = 0; shape < S; shape++)
      for (let pose = 0; pose < 2; pose++) {
        const other = pose === 0 ? outlineOf[shape]! : shape * P + (outline % P);
        const found = correlate.inner(other);
        for (let otherColor = 0; otherColor < C; otherColor++) {
          if (shape === best && otherColor === color) continue;
          const shared = between(other, otherColor, outline, color);
          const alone = between(other, otherColor, other, otherColor);
          const apart = alone - shared ** 2 / own; // squared length of what the other has and the best has not
          const left = found[otherColor]! - shared * rough;
          if (left <= 0 || apart < 1e-3 * alone || left ** 2 / apart <= gained) continue;
          gained = left ** 2 / apart;
          const amount = left / apart;
          const rest = Math.max(0, rough - (amount * shared) / own);
          share = amount / (amount + rest);
        }
      }
    const gain = Math.sqrt(gained / own) / Math.max(rough, 1e-9);

    let cover = full.get(outline);
    if (!cover) {
      const drawn = coverage(Math.floor(outline / P), poses[outline % P]!, resolution);
      full.set(outline, (cover = drawn.slice()));
    }
    const mode = best * C + color;
    return { mode, ...fit(images, offset, cover, palette[color]!), share, gain };
  };
}

/** Brightness and residual of the image against one template, at all pixels. */
function fit(
  images: Float32Array,
  offset: number,
  cover: Float32Array,
  color: readonly number[],
): { brightness: number; residual: number } {
  let [both, own, all] = [0, 0, 0];
  for (let i = 0; i < cover.length; i++)
    for (let c = 0; c < 3; c++) {
      const seen = (images[offset + 3 * i + c]! + 1) / 2;
      const template = cover[i]! * color[c]!;
      both += seen * template;
      own += template * template;
      all += seen * seen;
    }
  const brightness = both / own;
  const residual =
    brightness > 0 ? Math.sqrt(Math.max(0, all - both ** 2 / own) / own) / brightness : Infinity;
  return { brightness, residual };
}

/** Inner products of an image's light with templates, each worked out when it is first asked for. */
function createCorrelator(covers: readonly Float32Array[], palette: readonly (readonly number[])[]) {
  const places = covers.map((cover) => Int32Array.from(cover.keys()).filter((i) => cover[i]! > 0));
  const values = covers.map((cover, outline) => Float32Array.from(places[outline]!, (i) => cover[i]!));
  const found = covers.map(() => new Float64Array(palette.length)); // [C] for each outline
  const flat = Float64Array.from(palette.flat()); // [C,3]
  const foundIn = new Int32Array(covers.length); // the image that `found` is of
  let image: Float32Array = new Float32Array();
  let [offset, current] = [0, 0];

  return {
    /** Turns to the image [R,R,3] at `from`. */
    look(images: Float32Array, from: number) {
      [image, offset] = [images, from];
      current++;
    },
    /** With the template of an outline in each colour, [C]. */
    inner(outline: number): Float64Array {
      const products = found[outline]!;
      if (foundIn[outline] === current) return products;
      foundIn[outline] = current;
      const at = places[outline]!;
      const covered = values[outline]!;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = 0; i < at.length; i++) {
        const pixel = offset + 3 * at[i]!;
        red += covered[i]! * (image[pixel]! + 1);
        green += covered[i]! * (image[pixel + 1]! + 1);
        blue += covered[i]! * (image[pixel + 2]! + 1);
      }
      for (let c = 0; c < palette.length; c++) {
        products[c] = (red * flat[3 * c]! + green * flat[3 * c + 1]! + blue * flat[3 * c + 2]!) / 2;
      }
      return products;
    },
  };
}

/** Places of the `count` largest values, largest first. */
function largest(values: Float64Array, count: number): number[] {
  const order: number[] = [];
  for (let rank = 0; rank < Math.min(count, values.length); rank++) {
    let best = -1;
    for (let i = 0; i < values.length; i++)
      if (!order.includes(i) && (best < 0 || values[i]! > values[best]!)) best = i;
    order.push(best);
  }
  return order;
}

/** Inner products of all vectors with one another, [n,n]. */
function gram(vectors: readonly ArrayLike<number>[]): Float64Array {
  const products = new Float64Array(vectors.length ** 2);
  vectors.forEach((a, i) =>
    vectors.forEach((b, j) => {
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
      products[i * vectors.length + j] = sum;
    }),
  );
  return products;
}
