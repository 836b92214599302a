// What npm run bench was asked to do: its command line, and its help. Plain Node, so that it works before anything is installed.

import util from "node:util";

/** Engines in the order of the table, and "micro" and "micro-wasm" for the rows of single convolutions. */
export const names = [
  ...["stock", "eager", "recorded", "recorded+kernels", "jax-js", "wasm", "wasm-plain"],
  ...["torch-cpu", "torch-eager", "torch-compile", "torch-cuda-graph", "micro", "micro-wasm"],
];

const resolutions = ["8", "16", "32", "64"];

export const help = `Races engines for the same training step (D, G, Adam, average of G) from the same weights and inputs.

  npm run bench -- [--json FILE] [--only NAME]... [--quick]

  --json FILE        write the table as JSON, too
  --only NAME        race only these; may be given more than once
                     ${names.slice(0, 7).join(", ")},
                     ${names.slice(7).join(", ")}
  --quick            8 px, fade on, 4 channels, batch 4, few steps: about three minutes on two cores
                     without a GPU. Figures of such small networks say little about larger ones
  --resolution PX    ${resolutions.join(", ")}; may be given more than once (default all)
  --channels N       feature maps up to 16 px, halving from there (default 64)
  --batch N          images in a minibatch (default 16)
  --js-only          dispatches, JavaScript and bytes alone, on an adapter that computes nothing
  --help             this text

Every engine runs in a process of its own, and they take turns. A row counts where the losses of its first five steps are
within 1e-4 of another implementation's. Engines on WebGPU need a Vulkan driver (on Linux); those named torch-... need a
python3 with PyTorch on the PATH, or named in PYTHON, and but for torch-cpu an NVIDIA GPU.
`;

/**
 * @typedef {{ json?: string, only: string[], quick: boolean, jsOnly: boolean, resolutions: number[], channels: number,
 *   batch: number }} Options
 */

/**
 * @param {string[]} args
 * @returns {Options | undefined} nothing when help was asked for
 * @throws Error with a remedy, naming the first thing that is wrong
 */
export function parseOptions(args) {
  const options = /** @type {const} */ ({
    json: { type: "string" },
    only: { type: "string", multiple: true, default: names },
    quick: { type: "boolean", default: false },
    resolution: { type: "string", multiple: true },
    channels: { type: "string" },
    batch: { type: "string" },
    "js-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  const values = (() => {
    try {
      return util.parseArgs({ args, options }).values;
    } catch (error) {
      throw trouble(
        `${/** @type {Error} */ (error).message.split(/\.?(?:\n|\. |$)/)[0]}.`,
        "npm run bench -- --help lists the options.",
      );
    }
  })();
  if (values.help) return undefined;
  const stranger = values.only.find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw trouble(`There is no engine "${stranger}".`, `Choose ${names.join(", ")}.`);
  const { quick } = values;
  const sizes = values.resolution ?? (quick ? ["8"] : resolutions);
  const size = sizes.find((size) => !resolutions.includes(size));
  if (size !== undefined)
    throw trouble(`${size} is no resolution of the bench.`, `Choose ${resolutions.join(", ")}.`);
  return {
    json: values.json,
    only: names.filter((name) => values.only.includes(name)),
    quick,
    jsOnly: values["js-only"],
    resolutions: sizes.map(Number),
    channels: wholeNumber("channels", values.channels ?? (quick ? "4" : "64"), 1),
    batch: wholeNumber("batch", values.batch ?? (quick ? "4" : "16"), 4),
  };
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} step multiples of which are taken: minibatch standard deviation compares four samples
 */
function wholeNumber(name, text, step) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 512 && value % step === 0) return value;
  const kind = step === 1 ? "whole number from 1" : `multiple of ${step}`;
  throw trouble(`${text} is no ${kind} up to 512.`, `Use one such as --${name} 16.`);
}

/**
 * @param {string} message
 * @param {string} remedy
 */
function trouble(message, remedy) {
  return Object.assign(new Error(message), { remedy });
}
