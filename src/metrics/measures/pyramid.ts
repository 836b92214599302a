// The Laplacian pyramid of Burt & Adelson (1983), as the PGGAN paper (§5) takes images apart by scale.

/** Images of one level, as numbers. */
export interface Level {
  /** [N,R,R,C] */
  values: Float32Array;
  count: number;
  size: number;
  channels: number;
}

const kernel = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];

/** Sides of the levels for images of `size` px: halved down to 16, or `size` alone when it is smaller. */
export function levelSizes(size: number): number[] {
  const sizes = [size];
  while (sizes.at(-1)! >= 32) sizes.push(sizes.at(-1)! / 2);
  return sizes;
}

/** Bands from the finest to the coarsest, which stays low-pass. They add up, each scaled up, to the images. */
export function laplacianPyramid(images: Level): Level[] {
  let image = images;
  const bands = levelSizes(images.size)
    .slice(1)
    .map(() => {
      const smaller = halve(image);
      const blurred = double(smaller);
      const band = { ...image, values: image.values.map((value, i) => value - blurred.values[i]!) };
      image = smaller;
      return band;
    });
  return [...bands, image];
}

/** Blurs by the binomial 1 4 6 4 1 both ways and keeps the even pixels. */
export function halve(image: Level): Level {
  const blurred = blur(image, 1);
  const half = resized(image, image.size / 2);
  eachPixel(half, (at, n, y, x, c) => {
    half.values[at] = blurred.values[index(image, n, 2 * y, 2 * x, c)]!;
  });
  return half;
}

/** Puts zeros between pixels and blurs, four times as bright. */
export function double(image: Level): Level {
  const spread = resized(image, image.size * 2);
  eachPixel(image, (at, n, y, x, c) => {
    spread.values[index(spread, n, 2 * y, 2 * x, c)] = image.values[at]!;
  });
  return blur(spread, 4);
}

/** The binomial blur, times `gain`. Beyond an edge the image is mirrored, without repeating the edge. */
function blur(image: Level, gain: number): Level {
  const { size, channels } = image;
  const across = resized(image, size);
  const out = resized(image, size);
  const mirrored = (place: number) => {
    const inside = Math.abs(place);
    return inside < size ? inside : 2 * (size - 1) - inside;
  };
  // Where the five taps are for each pixel of a line.
  const taps = Array.from({ length: size }, (_, at) => kernel.map((_, k) => mirrored(at + k - 2)));

  eachPixel(image, (at, _n, _y, x) => {
    const row = at - x * channels;
    let sum = 0;
    for (let k = 0; k < 5; k++) sum += kernel[k]! * image.values[row + taps[x]![k]! * channels]!;
    across.values[at] = sum;
  });
  eachPixel(image, (at, _n, y) => {
    const column = at - y * size * channels;
    let sum = 0;
    for (let k = 0; k < 5; k++) sum += kernel[k]! * across.values[column + taps[y]![k]! * size * channels]!;
    out.values[at] = gain * sum;
  });
  return out;
}

function resized({ count, channels }: Level, size: number): Level {
  return { values: new Float32Array(count * size * size * channels), count, size, channels };
}

function index({ size, channels }: Level, n: number, y: number, x: number, c: number): number {
  return ((n * size + y) * size + x) * channels + c;
}

function eachPixel(
  { count, size, channels }: Level,
  visit: (at: number, n: number, y: number, x: number, c: number) => void,
): void {
  let at = 0;
  for (let n = 0; n < count; n++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) for (let c = 0; c < channels; c++) visit(at++, n, y, x, c);
}
