// Which recording serves a step: all that is baked into it, as a text.

import type { Config } from "../../gan/settings/config.ts";
import type { Layer } from "../../gan/networks/layers.ts";
import { batchAt } from "../../gan/settings/settings.ts";
import type { Plan } from "../../gan/step.ts";
import type { Network } from "./inputs.ts";

/**
 * Settings that a step may look at while it is traced. Every other enters as a tensor, or not at all. Of the weights of
 * penalties only whether they are 0 is looked at.
 */
const baked = [
  "pixelNorm",
  "latentNorm",
  "upsampling",
  "downsampling",
  "minibatchStddev",
  "equalizedLr",
  "spectralNorm",
  "augment",
  "loss",
  "beta1",
  "beta2",
  "adamEpsilon",
] as const satisfies (keyof Config)[];
const whetherNotZero = ["gpWeight", "r1Gamma"] as const satisfies (keyof Config)[];

/** The same for all steps between two changes of the shape of the computation. */
export function phaseKey({ config, depth, g, d }: Plan): string {
  const { resolution, fading } = depth;
  const words = baked.map((name) => config[name]);
  const signs = whetherNotZero.map((name) => config[name] > 0);
  const sizes = [resolution, fading, batchAt(resolution, config), config.latent];
  return [...sizes, ...words, ...signs, ...g.map(layerKey), ...d.map(layerKey)].join();
}

/** The same for all steps that one recording serves. */
export function recordingKey(network: Network, plan: Plan, phase: string): string {
  return `${network}${network === "D" && plan.penalised ? "+" : ""},${phase}`;
}

const layerKey = ({ name, shape, he }: Layer) => `${name}:${shape.join("x")}@${he}`;

/**
 * A config that has only what is in the key.
 * @throws Error at once when another setting is looked at, as its value would be baked in unseen
 */
export function bakedConfig(config: Config): Config {
  const known: Partial<Config> = {};
  for (const name of baked) Object.assign(known, { [name]: config[name] });
  for (const name of whetherNotZero) known[name] = Math.sign(config[name]);
  return new Proxy(known as Config, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      throw new Error(
        `The step looks at setting ${String(name)}, whose value would be baked into its recording.`,
      );
    },
  });
}
