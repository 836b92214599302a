// The command around the bench, from a checkout or from a packed folder: options, help, errors and the exit code.

import { help, parseOptions } from "./options.mjs";

/**
 * @param {string[]} args
 * @param {string} peers folder of programs in other languages
 * @param {() => Promise<{ main(options: import("./options.mjs").Options, peers: string): Promise<void> }>} load
 */
export async function runBench(args, peers, load) {
  try {
    const options = parseOptions(args);
    if (!options) process.stdout.write(help);
    else await (await load()).main(options, peers);
  } catch (error) {
    const trouble = error instanceof Error && "remedy" in error;
    console.error(trouble ? `${error.message}\n${error.remedy}` : error);
    process.exitCode = 1;
  }
}
