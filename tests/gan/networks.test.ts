// Generator and discriminator: their shapes and sizes, and what fading means.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Config, presets } from "../../src/gan/settings/config.ts";
import { discriminatorLayers, generatorLayers } from "../../src/gan/networks/layers.ts";
import { downsample2x, upsample2x } from "../../src/gan/ops/index.ts";
import type { Store } from "../../src/gan/state.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Latents } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { expectClose } from "./expectClose.ts";
import { numbers } from "./finiteDifferences.ts";
import { createNetworks, imagesOf, scoresOf, tiny } from "./tiny.ts";

const paper = presets.paper!;

describe("sizes", () => {
  test("at 32 px and 3 colours each network has 0.28 million parameters", () => {
    expect(parametersOf("G", { ...paper, to: 32 })).toBe(278_636);
    expect(parametersOf("D", { ...paper, to: 32 })).toBe(279_521);
  });

  test("widths follow the paper's formula: 64, 64, 64, 32 and then 16 channels", () => {
    const widths = [4, 8, 16, 32, 64].map((size) => generatorLayers(size, paper, 3)[1]!.shape.at(-1));
    expect(widths).toEqual([64, 64, 64, 32, 16]);
    const authors = { ...paper, channelsBase: 8192, channelsMax: 512 };
    expect([32, 64, 128, 1024].map((size) => generatorLayers(size, authors, 3)[1]!.shape.at(-1))).toEqual([
      512, 256, 128, 16,
    ]);
  });

  test("D's feature maps are a multiple of G's, rounded, and one at least; the layers for pixels take all colours", () => {
    const shapes = (widthD: number) =>
      [4, 8, 16].flatMap((size) =>
        discriminatorLayers(size, { ...paper, channelsBase: 64, channelsMax: 12, widthD }, 3).map(
          ({ shape }) => shape.join("×"),
        ),
      );
    expect(shapes(0.5)).toEqual([
      ...["1×1×3×6", "3×3×7×6", "96×6", "6×1"],
      ...["1×1×3×6", "3×3×6×6", "3×3×6×6"],
      ...["1×1×3×4", "3×3×4×4", "3×3×4×6"],
    ]);
    expect(shapes(0.05).slice(0, 4)).toEqual(["1×1×3×1", "3×3×2×1", "16×1", "1×1"]);
    expect(shapes(1.1)[0]).toBe("1×1×3×13");
    const [as, narrow] = [1, 0.25].map((widthD) => generatorLayers(8, { ...paper, widthD }, 3));
    expect(narrow).toEqual(as);
  });

  test("a D half as wide has a quarter of the parameters, or nearly", () => {
    expect(parametersOf("D", { ...paper, to: 32, widthD: 0.5 })).toBe(70_385);
  });

  test("He's constants have a gain of √2, 1 where linear, and √2/4 where G begins", () => {
    const he = (layers: typeof g4) => Object.fromEntries(layers.map((layer) => [layer.name, layer.he]));
    const g4 = generatorLayers(4, paper, 3);
    expect(he(g4)).toEqual({
      "G/b4/dense": Math.SQRT2 / 4 / 8, // √64 latents
      "G/b4/conv": Math.SQRT2 / Math.sqrt(9 * 64),
      "G/b4/rgb": 1 / 8,
    });
    expect(he(discriminatorLayers(4, paper, 3))).toEqual({
      "D/b4/rgb": Math.SQRT2 / Math.sqrt(3),
      "D/b4/conv": Math.SQRT2 / Math.sqrt(9 * 65),
      "D/b4/dense": Math.SQRT2 / Math.sqrt(16 * 64),
      "D/b4/score": 1 / 8,
    });
  });
});

describe.each(engines)("on $name", ({ open, close }) => {
  let store: Store;
  const config = tiny;
  const z = () => numbers([4, config.latent]) as Latents;
  const reals = (size: number) => numbers([4, size, size, 3]) as Images;
  const stable = (resolution: number) => ({ resolution, fading: false });
  const fading = { resolution: 8, fading: true };

  beforeAll(open);
  afterAll(close);
  beforeEach(() => {
    tf.engine().startScope();
    store = createNetworks(config);
  });
  afterEach(() => {
    store.dispose();
    tf.engine().endScope();
  });

  test.each(["nearest", "transposed"] as const)("G with %s upsampling makes images", (upsampling) => {
    const changed: Config = { ...config, upsampling };
    const networks = createNetworks(changed);
    expect(imagesOf(networks, z(), changed, stable(4)).shape).toEqual([4, 4, 4, 3]);
    expect(imagesOf(networks, z(), changed, stable(8)).shape).toEqual([4, 8, 8, 3]);
    networks.dispose();
  });

  test.each(["pool", "strided"] as const)("D with %s downsampling scores images", (downsampling) => {
    const changed: Config = { ...config, downsampling };
    const networks = createNetworks(changed);
    for (const size of [4, 8]) expect(scoresOf(networks, reals(size), changed).shape).toEqual([4]);
    networks.dispose();
  });

  test("G's image at α 0 is the smaller G's, doubled", async () => {
    const smaller = upsample2x(imagesOf(store, z(), config, stable(4)));
    await expectClose(imagesOf(store, z(), config, fading, 0), await smaller.data(), 0);
  });

  test("G's image at α 1 is the larger G's", async () => {
    const larger = await imagesOf(store, z(), config, stable(8)).data();
    await expectClose(imagesOf(store, z(), config, fading, 1), larger, 1e-6);
  });

  test("G's image goes in a straight line between the two", async () => {
    const at = (alpha: number) => imagesOf(store, z(), config, fading, alpha);
    await expectClose(at(0.25), await at(0).mul(0.75).add(at(1).mul(0.25)).data(), 1e-6);
  });

  test("D's score at α 0 is the smaller D's, of the image at half its size", async () => {
    const smaller = scoresOf(store, downsample2x(reals(8)), config);
    await expectClose(scoresOf(store, reals(8), config, fading, 0), await smaller.data(), 1e-6);
  });

  test("D's score at α 1 is the larger D's", async () => {
    const larger = await scoresOf(store, reals(8), config).data();
    await expectClose(scoresOf(store, reals(8), config, fading, 1), larger, 1e-6);
  });

  test("two minibatches in one pass of D score as each does alone", async () => {
    const [a, b] = [numbers([4, 8, 8, 3], 1) as Images, numbers([4, 8, 8, 3], 2).mul<Images>(0.1)];
    const apart = tf.concat([scoresOf(store, a, config), scoresOf(store, b, config)]);
    const together = scoresOf(store, tf.concat([a, b]), config, stable(8), 1, 2);
    await expectClose(together, await apart.data(), 1e-5);
  });

  test("minibatch standard deviation makes a score depend on the other samples, and only it does", async () => {
    const [a, b] = [reals(4), numbers([4, 4, 4, 3], 2) as Images];
    const first = (images: Images) => tf.slice(images, 0, 1);
    const mixed = tf.concat([first(a), tf.slice(b, 1, 3)]);
    const scoreOfFirst = async (images: Images, minibatchStddev: boolean) =>
      (await scoresOf(store, images, { ...config, minibatchStddev }).data())[0]!;
    expect(await scoreOfFirst(mixed, false)).toBeCloseTo(await scoreOfFirst(a, false), 5);
    expect(Math.abs((await scoreOfFirst(mixed, true)) - (await scoreOfFirst(a, true)))).toBeGreaterThan(1e-3);
  });

  test("the length of z does not matter with latent normalisation, and does without", async () => {
    const make = (scale: number, latentNorm: boolean) =>
      imagesOf(store, z().mul<Latents>(scale), { ...config, latentNorm }, stable(4));
    await expectClose(make(3, true), await make(1, true).data());
    const differences = await make(3, false).sub(make(1, false)).abs().data();
    expect(Math.max(...differences)).toBeGreaterThan(1e-3);
  });
});

function parametersOf(network: "G" | "D", config: Config): number {
  const layersAt = network === "G" ? generatorLayers : discriminatorLayers;
  const sizes = [4, 8, 16, 32].flatMap((size) =>
    layersAt(size, config, 3).map(({ shape, outputs }) => tf.util.sizeFromShape([...shape]) + outputs),
  );
  return sizes.reduce((sum, size) => sum + size);
}
