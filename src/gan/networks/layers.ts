// Which layers the two networks have at each resolution, as plain data (Karras et al. 2018, table 2).

import type { Config } from "../settings/config.ts";

/** A weight and a bias, and the scale the weight is used at. */
export interface Layer {
  /** Network, block and role, e.g. "D/b16/conv0". */
  name: string;
  /** The resolution at which the layer is born, pixels a side. */
  resolution: number;
  /** Shape of the weight: [K,K,in,out] or [in,out]. */
  shape: readonly number[];
  /** He's constant, gain / √fan-in: the scale at which a weight drawn from N(0,1) keeps signals level. */
  he: number;
  /** Length of the bias. */
  outputs: number;
  /** Whether the layer turns features into pixels or back: such layers serve only their own resolution. */
  rgb: boolean;
}

type Sizes = Pick<
  Config,
  "latent" | "channelsBase" | "channelsMax" | "widthD" | "upsampling" | "downsampling"
>;

/** Feature maps of G at `resolution`. */
export function featureMaps(
  resolution: number,
  { channelsBase, channelsMax }: Pick<Sizes, "channelsBase" | "channelsMax">,
): number {
  return Math.max(1, Math.min(Math.floor((2 * channelsBase) / resolution), channelsMax));
}

/** Feature maps of D at `resolution` (2 stands for its last dense layer). */
export function featureMapsOfD(
  resolution: number,
  sizes: Pick<Sizes, "channelsBase" | "channelsMax" | "widthD">,
): number {
  return Math.max(1, Math.round(sizes.widthD * featureMaps(resolution, sizes)));
}

/** The layers of G that are born at `resolution`. */
export function generatorLayers(resolution: number, sizes: Sizes, colors: number): Layer[] {
  const C = featureMaps(resolution, sizes);
  const block = (role: string, shape: number[], options: LayerOptions = {}) =>
    layer(`G/b${resolution}/${role}`, resolution, shape, options);
  const rgb = block("rgb", [1, 1, C, colors], { gain: 1, rgb: true });
  if (resolution === 4)
    return [
      // √2/4, because the authors' first layer is a 4×4 conv over a padded pixel, with 16 times the fan-in.
      block("dense", [sizes.latent, 16 * C], { gain: Math.SQRT2 / 4, outputs: C }),
      block("conv", [3, 3, C, C]),
      rgb,
    ];

  const below = featureMaps(resolution / 2, sizes);
  const up =
    sizes.upsampling === "nearest"
      ? block("conv0", [3, 3, below, C])
      : block("conv0", [4, 4, C, below], { fanIn: 4 * below, outputs: C }); // four taps reach each pixel
  return [up, block("conv1", [3, 3, C, C]), rgb];
}

/** The layers of D that are born at `resolution`. */
export function discriminatorLayers(resolution: number, sizes: Sizes, colors: number): Layer[] {
  const C = featureMapsOfD(resolution, sizes);
  const block = (role: string, shape: number[], options: LayerOptions = {}) =>
    layer(`D/b${resolution}/${role}`, resolution, shape, options);
  const rgb = block("rgb", [1, 1, colors, C], { rgb: true });
  if (resolution === 4) {
    const dense = featureMapsOfD(2, sizes);
    return [
      rgb,
      block("conv", [3, 3, C + 1, C]), // one more for minibatch standard deviation
      block("dense", [16 * C, dense]),
      block("score", [dense, 1], { gain: 1 }),
    ];
  }

  const size = sizes.downsampling === "pool" ? 3 : 4;
  const below = featureMapsOfD(resolution / 2, sizes);
  return [rgb, block("conv0", [3, 3, C, C]), block("conv1", [size, size, C, below])];
}

/** The layers among `layers` that take part at `resolution`; while fading, the pixels of half of it count too. */
export function activeLayers(layers: readonly Layer[], resolution: number, fading: boolean): Layer[] {
  return layers.filter(
    (layer) =>
      layer.resolution <= resolution &&
      (!layer.rgb || layer.resolution === resolution || (fading && layer.resolution === resolution / 2)),
  );
}

interface LayerOptions {
  gain?: number;
  fanIn?: number;
  outputs?: number;
  rgb?: boolean;
}

function layer(
  name: string,
  resolution: number,
  shape: number[],
  {
    gain = Math.SQRT2,
    fanIn = shape.slice(0, -1).reduce((product, size) => product * size),
    outputs = shape.at(-1)!,
    rgb = false,
  }: LayerOptions,
): Layer {
  return { name, resolution, shape, he: gain / Math.sqrt(fanIn), outputs, rgb };
}
