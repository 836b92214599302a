// Makes the list of recorded experiments from their folders: words by hand, numbers from the tables alone.

import fs from "node:fs";
import path from "node:path";
import { Trouble } from "../../gan/errors.ts";
import { guards } from "../../gan/untrusted.ts";
import { type Card, readTable, type SeedRow, type SeedTable, writeCards as toText } from "../../lab/cards.ts";
import { recordingName, stripNames } from "../../lab/recording.ts";
import type { ArmSummary } from "../ablate/summary.ts";

const cardName = "card.json";

const { record, refuse, whole } = guards("card", "Mend its card.json.");

/**
 * Makes `folder`/index.json anew. A card.json has `question` and `story` in words, its `place` in the list, and may name
 * the `results` of npm run ablate, by their path from there. Folders without a recording, or without a card.json, are left out.
 */
export function writeCards(folder: string): void {
  const cards = fs
    .readdirSync(folder)
    .filter((name) => [cardName, recordingName].every((file) => fs.existsSync(path.join(folder, name, file))))
    .map((name) => ({ name, ...readCard(path.join(folder, name)) }))
    .sort((a, b) => a.place - b.place || a.name.localeCompare(b.name));
  const list = cards.map(({ place: _, ...card }): Card => card);
  fs.writeFileSync(path.join(folder, "index.json"), toText(list));
}

function readCard(folder: string): Omit<Card, "name"> & { place: number } {
  const { question, story, place, results } = record(cardName, parse(path.join(folder, cardName)));
  if (typeof question !== "string") return refuse("question", question, "a text");
  if (typeof story !== "string") return refuse("story", story, "a text");
  const files = [stripNames.trunk, ...stripNames.arms].filter((file) =>
    fs.existsSync(path.join(folder, file)),
  );
  const table = results === undefined ? undefined : tableFrom(path.join(folder, String(results)));
  return { question, story, table, files, place: whole("place", place) };
}

/**
 * The last count of each arm, as npm run ablate wrote it; nothing where it has not been run.
 * @throws Trouble when the file is something else
 */
function tableFrom(file: string): SeedTable | undefined {
  if (!fs.existsSync(file)) return undefined;
  const { command, arms } = parse(file) as { command: string; arms: readonly ArmSummary[] };
  const rows = arms.map(({ label, weights, modes, points }): SeedRow => {
    const { images, covered, half } = points.at(-1)!;
    const { hits: atMostHalf, of: seeds, low, high } = half;
    return { label, weights, images, seeds, atMostHalf, low, high, modes, covered };
  });
  return readTable(path.basename(file), { command, rows });
}

function parse(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Trouble(`${file} is not JSON: ${(cause as Error).message}.`, "Mend it.", { cause });
  }
}
