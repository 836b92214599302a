// Stacked MNIST: three random digits, one each in red, green and blue, which makes 1,000 modes (Metz et al. 2016).

import { createStream } from "../gan/random.ts";
import type { ImageSource } from "../gan/source.ts";

const name = "stacked-mnist";
export const stackedChannels = ["red", "green", "blue"] as const;

/**
 * Endless images [R,R,3] at 32 px, each channel a digit of its own, drawn uniformly with replacement. Which digits are in
 * image `index` depends on the seed and `index` alone. Mode 314 is a 3 in red, a 1 in green and a 4 in blue.
 * @param digits grey, with modes 0 to 9
 */
export function createStackedMnist(digits: ImageSource, seed: number): ImageSource {
  const pick = createPicker(digits.count, seed);
  const digit = (index: number) => digits.modeOf!(index);
  let grey = new Float32Array();

  return {
    name,
    channels: 3,
    resolution: digits.resolution,
    count: Infinity,
    modes: Array.from({ length: 1_000 }, (_, mode) => String(mode).padStart(3, "0")),
    modeOf(index) {
      const [red, green, blue] = pick(index);
      return 100 * digit(red) + 10 * digit(green) + digit(blue);
    },
    write(index, resolution, out, offset) {
      const size = resolution ** 2;
      if (grey.length !== size) grey = new Float32Array(size); // [R,R]
      pick(index).forEach((place, channel) => {
        digits.write(place, resolution, grey, 0);
        for (let i = 0; i < size; i++) out[offset + 3 * i + channel] = grey[i]!;
      });
    },
  };
}

/** Which of `count` digits are in each image: a block of random numbers belongs to it. */
function createPicker(count: number, seed: number): (index: number) => [number, number, number] {
  const stream = createStream(seed, `data ${name}`);
  const drawn = new Float32Array(3);
  return (index) => {
    stream.position = index;
    const [red, green, blue] = stream.uniform(drawn);
    return [Math.floor(red! * count), Math.floor(green! * count), Math.floor(blue! * count)];
  };
}
