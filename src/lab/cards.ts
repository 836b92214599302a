// The list of recorded experiments: what each asks, what is answered, and which files there are.

import { checks, finite, text } from "./checks.ts";
import { stripNames } from "./recording.ts";

/** An experiment as it is offered. */
export interface Card {
  /** Of its folder. */
  name: string;
  question: string;
  /** What is done, and what it shows, in a paragraph without numbers. */
  story: string;
  /** What happened over many seeds; undefined where they have not been run. */
  table?: SeedTable;
  /** The pictures of its recording. */
  files: readonly string[];
}

/** An experiment over many seeds, as npm run ablate counted it. */
export interface SeedTable {
  /** That makes it. */
  command: string;
  rows: readonly SeedRow[];
}

/** What became of an arm. */
export interface SeedRow {
  label: string;
  /** Of which G the modes were counted. */
  weights: "raw" | "average";
  /** Images at which they were counted, the last time. */
  images: number;
  seeds: number;
  /** Seeds that covered at most half of the modes then, and the 95 % Wilson interval of their share. */
  atMostHalf: number;
  low: number;
  high: number;
  /** Modes covered then, of so many: the least, the middle and the most over the seeds. */
  modes: number;
  covered: { low: number; median: number; high: number };
}

export const cardsVersion = 1;

const pictures: readonly string[] = [stripNames.trunk, ...stripNames.arms];

/** @throws Trouble when the text is no such list */
export function readCards(json: string): Card[] {
  let file: unknown;
  try {
    file = JSON.parse(json);
  } catch {
    checks.refuse("the list", json, "JSON");
  }
  const { version, cards } = checks.record("the list", file);
  if (version !== cardsVersion) checks.refuse("the list's version", version, String(cardsVersion));
  return checks.list("the cards", cards).map((value, i) => {
    const card = checks.record(`card ${i}`, value);
    const name = text(`card ${i}`, card.name, 80);
    if (!/^[\w-]+$/.test(name)) checks.refuse(`card ${i}`, name, "the name of a folder");
    const files = checks.list(`the files of ${name}`, card.files).map((file) => String(file));
    for (const file of files)
      if (!pictures.includes(file)) checks.refuse(`a file of ${name}`, file, pictures.join(", "));
    return {
      name,
      question: text(`the question of ${name}`, card.question),
      story: text(`the story of ${name}`, card.story, 2_000),
      table: card.table === undefined ? undefined : readTable(`the table of ${name}`, card.table),
      files,
    };
  });
}

/** @throws Trouble when its counts contradict each other */
export function readTable(what: string, value: unknown): SeedTable {
  const table = checks.record(what, value);
  const rows = checks.list(`${what}: rows`, table.rows).map((value): SeedRow => {
    const row = checks.record(what, value);
    const { weights } = row;
    if (weights !== "raw" && weights !== "average")
      return checks.refuse(`${what}: weights`, weights, '"raw" or "average"');
    const seeds = checks.whole(`${what}: seeds`, row.seeds);
    const atMostHalf = checks.whole(`${what}: atMostHalf`, row.atMostHalf);
    if (atMostHalf > seeds) checks.refuse(`${what}: atMostHalf`, atMostHalf, `at most ${seeds}`);
    const covered = checks.record(`${what}: covered`, row.covered);
    return {
      label: text(`${what}: label`, row.label),
      weights,
      images: checks.whole(`${what}: images`, row.images),
      seeds,
      atMostHalf,
      low: finite(`${what}: low`, row.low),
      high: finite(`${what}: high`, row.high),
      modes: checks.whole(`${what}: modes`, row.modes),
      covered: {
        low: finite(`${what}: covered`, covered.low),
        median: finite(`${what}: covered`, covered.median),
        high: finite(`${what}: covered`, covered.high),
      },
    };
  });
  return { command: text(`${what}: command`, table.command), rows };
}

export const writeCards = (cards: readonly Card[]): string =>
  `${JSON.stringify({ version: cardsVersion, cards }, null, 2)}\n`;
