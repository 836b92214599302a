// What saved files are called: words of NVlabs, images shown in the name, so that a folder sorts in the order of the run.

/** A grid of samples, e.g. "fakes_n000793600_r016_ema.png". */
export function fakesName(images: number, resolution: number, weights: "average" | "raw"): string {
  return `fakes_n${padded(images, 9)}_r${padded(resolution, 3)}_${weights === "average" ? "ema" : "raw"}.png`;
}

/** A grid of samples before the first step. */
export const initName = "fakes_init.png";

/** A grid of real images, e.g. "reals_r032.png". */
export const realsName = (resolution: number): string => `reals_r${padded(resolution, 3)}.png`;

/** A checkpoint, e.g. "snapshot_n000793600.pgan"; of a pair, e.g. "snapshot_n000793600_b.pgan". */
export const snapshotName = (images: number, side?: "A" | "B"): string =>
  `snapshot_n${padded(images, 9)}${side ? `_${side.toLowerCase()}` : ""}.pgan`;

/** Sample `index` of `count` drawn from `seed`, e.g. "sample_s000007_00000.png". */
export function sampleName(seed: number, index: number, count = 0): string {
  return `sample_s${padded(seed, 6)}_${padded(index, Math.max(5, String(count - 1).length))}.png`;
}

/** The archive of `count` samples drawn from `seed`, e.g. "samples_n000793600_s000007_x01000.zip". */
export function samplesName(images: number, seed: number, count: number): string {
  return `samples_n${padded(images, 9)}_s${padded(seed, 6)}_x${padded(count, 5)}.zip`;
}

export const configName = "config.json";
export const eventsName = "events.jsonl";
export const statsName = "stats.jsonl";
export const filmName = "filmstrip.png";

const padded = (number: number, digits: number): string => String(number).padStart(digits, "0");
