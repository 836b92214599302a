// The recordings that are served with the page: it can read each, with a histogram of D's scores at every moment, and each is
// small enough for a phone.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { expect, test } from "vitest";
import { decodeTiles } from "../../src/export/images.ts";
import { readCards } from "../../src/lab/cards.ts";
import { readRecording } from "../../src/lab/read.ts";
import { recordingName } from "../../src/lab/recording.ts";
import { checkStripHead } from "../../src/lab/strip.ts";

const lab = path.resolve(import.meta.dirname, "../../public/lab");
const cards = readCards(fs.readFileSync(path.join(lab, "index.json"), "utf8"));

/** What showing an experiment loads at most, where the host compresses JSON as hosts do: pictures and numbers. */
const mostBytes = 300_000;

test.each(cards.map((card) => [card.name, card] as const))(
  "%s is whole, and loads at most 300 kB",
  (name, card) => {
    const json = fs.readFileSync(path.join(lab, name, recordingName));
    const { strips, arms } = readRecording(json.toString());
    const unscored = arms.flatMap(({ moments }) => moments).filter(({ scores }) => !scores);
    expect(unscored).toEqual([]);
    expect([...card.files].sort()).toEqual([...strips.keys()].sort());
    let bytes = zlib.gzipSync(json).length;
    for (const [file, size] of strips) {
      const strip = new Uint8Array(fs.readFileSync(path.join(lab, name, file)));
      checkStripHead(file, strip, size);
      decodeTiles(strip, 4); // every resolution is a multiple; throws on damage
      bytes += strip.length;
    }
    expect(bytes).toBeLessThanOrEqual(mostBytes);
  },
);
