// Every data set a setting can name opens, and says what is wrong when it can't.

import { expect, test, vi } from "vitest";
import { readPack } from "../../src/cli/readPack.ts";
import { openSource, packFiles, shapeSets } from "../../src/data/catalogue.ts";
import { dataSets } from "../../src/gan/settings/config.ts";
import { Trouble } from "../../src/gan/errors.ts";

test.each(dataSets)("%s opens and shows images at every resolution", async (name) => {
  const source = await openSource(name, 7, readPack);
  expect(source.name).toBe(name);
  for (let resolution = 4; resolution <= source.resolution; resolution *= 2) {
    const out = new Float32Array(resolution ** 2 * source.channels).fill(NaN);
    source.write(11, resolution, out, 0);
    expect(out.every((value) => value >= -1 && value <= 1)).toBe(true);
  }
  expect(shapeSets[name]?.modes ?? source.modes).toEqual(source.modes);
});

test("only the files of the set are read", async () => {
  const read = vi.fn(readPack);
  await openSource("shapes-64", 7, read, 64);
  expect(read).not.toHaveBeenCalled();
  await openSource("digits", 7, read, 32);
  expect(read.mock.calls.flat()).toEqual(packFiles("digits"));
});

test("a run can't outgrow its images, and no file is read to find out", async () => {
  const read = vi.fn(readPack);
  await expect(openSource("digits", 7, read, 64)).rejects.toMatchObject({
    name: "Trouble",
    message: "The images of digits are 32 px a side, and the run is to grow to 64 px.",
    remedy: 'Set "to" to 32 or less, or choose another data set.',
  });
  expect(read).not.toHaveBeenCalled();
});

test("a file that can't be read is named, with the cause", async () => {
  const cause = new Error("the server answered 404");
  const error = await openSource("digits", 7, () => Promise.reject(cause)).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Trouble);
  expect(error).toMatchObject({
    message: "The data file digits/pack/images.idx3.gz can't be read: the server answered 404.",
    cause,
  });
});
