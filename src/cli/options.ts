// What every command does with its command line: options taken strictly, and errors in one sentence with a remedy.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { Trouble } from "../gan/errors.ts";

export const engineChoices = ["auto", "webgpu", "wasm"] as const;

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>
>;

/**
 * The options of `npm run command`, and what stands between them.
 * @param remedyFor what to do instead of the option of this name, where that is known
 * @throws Trouble naming the first thing that is wrong
 */
export function readCommandLine<O extends Options>(
  command: string,
  args: string[],
  options: O,
  { allowPositionals = false, remedyFor = (_: string): string | undefined => undefined } = {},
): Parsed<O> {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals }) as Parsed<O>;
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.?(?:\n|\. |$)/);
    const flag = /'--([^' =]+)/.exec(sentence)?.[1] ?? "";
    throw new Trouble(`${sentence}.`, remedyFor(flag) ?? `npm run ${command} -- --help lists the options.`);
  }
}

/** @throws Trouble when there is no such engine */
export function engineOf(name: string): (typeof engineChoices)[number] {
  const engine = engineChoices.find((choice) => choice === name);
  if (!engine) throw new Trouble(`There is no engine "${name}".`, `Choose ${engineChoices.join(", ")}.`);
  return engine;
}

/**
 * The whole number that was given to --`name`.
 * @throws Trouble unless it lies between `least` and `most`
 */
export function wholeOf(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Trouble(
      `--${name} can't be ${value}.`,
      `Give a whole number from ${least}${most === Infinity ? " on" : ` to ${most}`}.`,
    );
  return number;
}
