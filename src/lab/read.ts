// A recording from the text of its file, read as one that anybody may have written.

import { Trouble } from "../gan/errors.ts";
import type { FlipEvent } from "../gan/settings/events.ts";
import { checkScores, type ScoreCounts } from "../gan/statistics/scores.ts";
import { checkConfig, checkFlip, isKey } from "../gan/settings/settings.ts";
import type { StatsRow } from "../gan/statistics/stats.ts";
import { checks, finite, text } from "./checks.ts";
import { fromColumns } from "./columns.ts";
import {
  type Arm,
  columns,
  type Count,
  type Maker,
  measures,
  type Moment,
  type PlacedMoment,
  type Range,
  type Recording,
  type Ruler,
  stripNames,
} from "./recording.ts";
import { layOutStrip } from "./strip.ts";
import { format, type Stretch, version } from "./write.ts";

const { list, record, refuse, whole } = checks;

/** More than any recording holds. */
const most = { moments: 500, rows: 5_000, events: 1_000, modes: 4_096, rulers: 8 };

/** A recording, and how large each of its strips must be. */
export interface ReadRecording extends Recording {
  strips: ReadonlyMap<string, { width: number; height: number }>;
}

/**
 * Reads recording.json.
 * @throws Trouble, in a sentence, when it is none or anything in it can't be
 */
export function readRecording(json: string): ReadRecording {
  const file = record("the file", parse(json));
  if (file.format !== format) refuse("format", file.format, `"${format}"`);
  if (file.version !== version) refuse("version", file.version, String(version));

  const rulers = upTo(most.rulers, "rulers", file.rulers).map(readRuler);
  const arms = list("arms", file.arms);
  if (arms.length < 1 || arms.length > 2) refuse("arms", `${arms.length} runs`, "one or two");
  const trunk = file.trunk === undefined ? undefined : readStretch("trunk", file.trunk, rulers);
  const strips = new Map<string, { width: number; height: number }>();
  const place = (name: string, moments: readonly Moment[]): PlacedMoment[] => {
    const { tops, ...size } = layOutStrip(moments.map(({ resolution }) => resolution));
    strips.set(name, size);
    return moments.map((moment, i) => ({ ...moment, file: name, top: tops[i]! }));
  };
  const shared = trunk && { ...trunk, moments: place(stripNames.trunk, trunk.moments) };
  return {
    maker: readMaker(file.maker),
    fork: readFork(file.fork, trunk),
    rulers,
    strips,
    arms: arms.map((arm, i) => {
      const what = `arms.${i}`;
      const { label, config } = record(what, arm);
      const own = readStretch(what, arm, rulers);
      const placed = place(stripNames.arms[i]!, own.moments);
      return {
        label: text(`${what}.label`, label),
        config: readConfig(`${what}.config`, config),
        events: inOrder(what, [...(shared?.events ?? []), ...own.events]),
        rows: inOrder(what, [...(shared?.rows ?? []), ...own.rows]),
        moments: inOrder(what, [...(shared?.moments ?? []), ...placed]),
      };
    }),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return refuse("the file", json, "JSON");
  }
}

function readMaker(value: unknown): Maker {
  const made = record("maker", value);
  const word = (name: keyof Maker) => text(`maker.${name}`, made[name]);
  return {
    commit: word("commit"),
    command: word("command"),
    engine: word("engine"),
    device: word("device"),
    agent: word("agent"),
    app: word("app"),
    date: Number.isNaN(Date.parse(word("date"))) ? refuse("maker.date", made.date, "a date") : word("date"),
  };
}

function readFork(value: unknown, trunk: Stretch | undefined): Recording["fork"] {
  if (value === undefined) return trunk ? refuse("fork", value, "a moment") : undefined;
  const { images, step } = record("fork", value);
  const last = trunk?.moments.at(-1);
  if (last?.images !== images || last?.step !== step) refuse("fork", value, "the last moment of the trunk");
  return { images: whole("fork.images", images), step: whole("fork.step", step) };
}

function readRuler(value: unknown, i: number): Ruler {
  const what = `rulers.${i}`;
  const ruler = record(what, value);
  const names = upTo(most.modes, `${what}.names`, ruler.names).map((name) => text(`${what}.names`, name));
  if (names.length === 0) refuse(`${what}.names`, "no modes", "one at least");
  const factors = upTo(8, `${what}.factors`, ruler.factors).map((factor) => {
    const { name, values } = record(`${what}.factors`, factor);
    const all = upTo(most.modes, `${what}.factors.values`, values);
    return {
      name: text(`${what}.factors.name`, name),
      values: all.map((each) => text(`${what}.factors.values`, each)),
    };
  });
  const cells = factors.reduce((product, { values }) => product * values.length, 1);
  const places = list(`${what}.places`, ruler.places).map((place) => whole(`${what}.places`, place));
  if (places.length !== cells || cells > most.modes)
    refuse(`${what}.places`, `${places.length} cells`, `${cells} of them, as the factors say`);
  for (const place of places)
    if (place >= names.length) refuse(`${what}.places`, place, "the place of a mode");
  const band = record(`${what}.band`, ruler.band);
  return {
    resolution: readResolution(`${what}.resolution`, ruler.resolution),
    samples: Math.max(1, whole(`${what}.samples`, ruler.samples)),
    names,
    factors,
    places,
    draws: whole(`${what}.draws`, ruler.draws),
    band: Object.fromEntries(
      measures.map((name) => [name, readRange(`${what}.band.${name}`, band[name])]),
    ) as Ruler["band"],
  };
}

function readRange(what: string, value: unknown): Range {
  const { low, median, high } = record(what, value);
  return { low: finite(what, low), median: finite(what, median), high: finite(what, high) };
}

function readStretch(what: string, value: unknown, rulers: readonly Ruler[]): Stretch {
  const stretch = record(what, value);
  const events = upTo(most.events, `${what}.events`, stretch.events);
  const moments = upTo(most.moments, `${what}.moments`, stretch.moments);
  if (moments.length === 0) refuse(`${what}.moments`, "an empty list", "one moment at least");
  return {
    events: events.map((event) => readEvent(`${what}.events`, event)),
    rows: fromColumns(stretch.rows, checks, most.rows),
    moments: moments.map((moment) => readMoment(`${what}.moments`, moment, rulers)),
  };
}

function readEvent(what: string, value: unknown): FlipEvent {
  const { images, step, key, from, to } = record(what, value);
  if (typeof key !== "string" || !isKey(key)) return refuse(`${what}.key`, key, "a setting");
  return sound(what, () => ({
    images: whole(`${what}.images`, images),
    step: whole(`${what}.step`, step),
    key,
    from: checkFlip(key, from).to,
    to: checkFlip(key, to).to,
  }));
}

function readMoment(what: string, value: unknown, rulers: readonly Ruler[]): Moment {
  const { images, step, resolution, alpha, average, raw, scores } = record(what, value);
  const ruler =
    rulers.find((each) => each.resolution === resolution) ??
    refuse(`${what}.resolution`, resolution, "one that has a census");
  return {
    images: whole(`${what}.images`, images),
    step: whole(`${what}.step`, step),
    resolution: ruler.resolution,
    alpha: finite(`${what}.alpha`, alpha),
    average: readCount(`${what}.average`, average, ruler),
    raw: readCount(`${what}.raw`, raw, ruler),
    ...(scores !== undefined && { scores: readScores(`${what}.scores`, scores) }),
  };
}

/** Of no more samples and reals than the picture has room for. */
function readScores(what: string, value: unknown): ScoreCounts {
  const scores = checkScores(what, value, checks);
  for (const kind of ["reals", "fakes"] as const) {
    const all = scores[kind].reduce((sum, n) => sum + n, 0);
    if (all > columns ** 2) refuse(`${what}.${kind}`, `${all} scores`, `at most ${columns ** 2}`);
  }
  return scores;
}

function readCount(what: string, value: unknown, { names, samples }: Ruler): Count {
  const count = record(what, value);
  const counts = list(`${what}.counts`, count.counts).map((n) => whole(`${what}.counts`, n));
  if (counts.length !== names.length)
    refuse(`${what}.counts`, `${counts.length} modes`, `${names.length} of them`);
  const rejects = whole(`${what}.rejects`, count.rejects);
  const all = counts.reduce((sum, n) => sum + n, rejects);
  if (all !== samples) refuse(`${what}.counts`, `${all} samples`, `${samples} of them`);
  const covered = counts.filter((n) => n > 0).length;
  if (count.covered !== covered) refuse(`${what}.covered`, count.covered, `${covered}, as the counts say`);
  const perhaps = (name: "kl" | "distance") =>
    count[name] === null ? null : finite(`${what}.${name}`, count[name]);
  return {
    covered,
    strict: whole(`${what}.strict`, count.strict),
    effective: finite(`${what}.effective`, count.effective),
    rejects,
    kl: perhaps("kl"),
    distance: perhaps("distance"),
    counts,
  };
}

const readConfig = (what: string, value: unknown): Arm["config"] =>
  sound(what, () => checkConfig(record(what, value)));

function readResolution(what: string, value: unknown): number {
  return [4, 8, 16, 32, 64].includes(value as number)
    ? (value as number)
    : refuse(what, value, "a resolution from 4 to 64");
}

function inOrder<T extends FlipEvent | StatsRow | Moment>(what: string, list: readonly T[]): readonly T[] {
  list.forEach(({ images }, i) => {
    if (i > 0 && images < list[i - 1]!.images) refuse(what, "out of order", "in the order of images shown");
  });
  return list;
}

function upTo(limit: number, what: string, value: unknown): unknown[] {
  const all = list(what, value);
  return all.length <= limit ? all : refuse(what, `${all.length} entries`, `at most ${limit}`);
}

/** What settings refuse in their own words is damage here. */
function sound<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.message.startsWith("This recording")) throw error;
    return refuse(what, error.message, "settings that go together");
  }
}
