// The manifest of a checkpoint: who made it, which run it is of, what its parts must hash to. Read as hostile.

import { Trouble } from "../../gan/errors.ts";
import { checkPlannedTwin } from "../../gan/place.ts";
import { type ForkState, isForkState, type PlannedTwin } from "../../gan/settings/events.ts";
import { checkScores, type ScoreCounts } from "../../gan/statistics/scores.ts";
import { anotherCopy, fieldOf, list, ofCheckpoint, record, refuse, whole } from "../../gan/untrusted.ts";
import type { PastCensus } from "../history/censuses.ts";
import { checkCensuses, keepCensus } from "./censuses.ts";
import { isSha256 } from "./sha256.ts";

/** What a run is known by, wherever its files go. */
export interface RunCard {
  id: string;
  name: string;
  /** The run it was branched from, and where. */
  parent?: { id: string; name: string; images: number; step: number };
  /** What ties it to its twin, as long as they are a pair. */
  pair?: Pair;
}

/** A run of a pair: which one, and the moment at which both were one run. What sets them apart is in their changes since. */
export interface Pair {
  side: "A" | "B";
  /** Id of the other one. */
  other: string;
  images: number;
  step: number;
  eventsMade: number;
  /** Hash of all state at that moment, and the engine that came to it; files of before that was kept don't tell. */
  sha256: string;
  engine?: string;
  /** The state there of the run that it was shared from, where a link told of it. */
  sender?: ForkState;
}

/** Whether two runs of pairs were one run at the fork that both tell of. */
export function areOfOne(a: Pair, b: Pair): boolean {
  return a.side !== b.side && a.sha256 === b.sha256 && a.step === b.step && a.images === b.images;
}

/** What computed a checkpoint. Where any of it differs, numbers may be rounded otherwise. */
export interface Maker {
  engine: string;
  device: string;
  /** The browser, or Node, in its own words. */
  agent: string;
  /** Versions of this program and of tfjs. */
  app: string;
  tfjs: string;
}

/** What the run becomes: after so many more steps its state has this fingerprint. Whoever resumes it can check. */
export interface Proof {
  steps: number;
  sha256: string;
}

/** A grid of samples of the timeline, without its picture. */
export interface FrameCard {
  images: number;
  step: number;
  resolution: number;
  alpha: number;
  /** Tiles in a row. */
  columns: number;
  /** Changes that had been made by then. */
  eventsMade: number;
  /** D's scores of its samples, and of as many reals. Frames of before this was kept have none. */
  scores?: ScoreCounts;
}

interface Hashes {
  data?: string;
  tensors: ReadonlyMap<string, string>;
  state: string;
}

export interface Manifest {
  maker: Maker;
  run: RunCard;
  /** When it was saved, in ISO 8601. */
  saved: string;
  /** Hash of the data set, of each tensor, and of all that decides how the run goes on. Format 1 had none. */
  hashes?: Hashes;
  proof?: Proof;
  /** To be forked off once its images were shown. */
  twin?: PlannedTwin;
  frames: readonly FrameCard[];
  /** Files of before these were kept have none. */
  censuses: readonly PastCensus[];
  /** As it is kept: to be checked by `checkPlace`, with the events. */
  place: Record<string, unknown>;
}

export const format = 2;

/** More moments than any timeline keeps, and tensors than any run has. */
const most = { frames: 1_000, tensors: 5_000 };

/** The manifest as text. */
export function writeManifest(manifest: Manifest): string {
  const { maker, run, saved, hashes, proof, twin, frames, censuses, place } = manifest;
  const kept = hashes && { ...hashes, tensors: Object.fromEntries(hashes.tensors) };
  const counted = censuses.map(keepCensus);
  const all = { format, saved, maker, run, hashes: kept, proof, twin, frames, censuses: counted, place };
  return JSON.stringify(all, null, 1);
}

/**
 * @param text of any format there ever was
 * @throws Trouble when it is no manifest, or of a newer format
 */
export function readManifest(text: string): Manifest {
  const manifest = migrated(record("manifest", parsed(text)));
  const { saved, hashes, proof, twin } = manifest;
  return {
    maker: checkMaker(manifest.maker),
    run: checkRunCard(manifest.run),
    saved: checkTime("saved", saved),
    hashes: hashes === undefined ? undefined : checkHashes(hashes),
    proof: proof === undefined ? undefined : checkProof(proof),
    twin: twin === undefined ? undefined : checkPlannedTwin(twin),
    frames: checkFrames(manifest.frames),
    censuses: manifest.censuses === undefined ? [] : checkCensuses(manifest.censuses),
    place: record("place", manifest.place),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Trouble("This checkpoint is damaged: its manifest is not JSON.", anotherCopy, { cause });
  }
}

/** Each format made into the next one, up to ours. A test keeps a file of each. */
const migrations: Readonly<Record<number, (manifest: Record<string, unknown>) => Record<string, unknown>>> = {
  // Format 1 knew the engine's name, and where the run stood.
  1({ engine, place }) {
    const known = typeof engine === "string" && /^[\w .+-]{1,40}$/.test(engine) ? engine : "unknown engine";
    const unknown = "unknown";
    return {
      format: 2,
      saved: new Date(0).toISOString(),
      maker: { engine: known, device: unknown, agent: unknown, app: unknown, tfjs: unknown },
      run: { id: unknown, name: "Imported run" },
      frames: [],
      place: { ...record("place", place), lone: [] },
    };
  },
};

function migrated(manifest: Record<string, unknown>): Record<string, unknown> {
  if (!Number.isSafeInteger(manifest.format)) refuse("format", manifest.format, "a whole number");
  while (manifest.format !== format) {
    const migrate = Object.hasOwn(migrations, manifest.format as number)
      ? migrations[manifest.format as number]
      : undefined;
    if (!migrate)
      throw new Trouble(
        `The checkpoint has format ${manifest.format}, and this version reads up to format ${format}.`,
        `Open it with ${(manifest.format as number) > format ? "a newer" : "another"} version.`,
      );
    manifest = migrate(manifest);
  }
  return manifest;
}

/** In ISO 8601, as JavaScript writes it: then the order of words is that of times. */
function checkTime(what: string, value: unknown): string {
  const isTime =
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value));
  return isTime ? value : refuse(what, value, "a time");
}

function checkMaker(value: unknown): Maker {
  const maker = record("maker", value);
  const word = (name: keyof Maker, length: number) => printable(`maker.${name}`, maker[name], length);
  return {
    engine: word("engine", 40),
    device: word("device", 200),
    agent: word("agent", 400),
    app: word("app", 40),
    tfjs: word("tfjs", 40),
  };
}

/** An id that no other run has. */
export function newId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(12)); // randomUUID is for secure pages alone
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The beginning of a name. No character is cut in two. */
export const shortened = (name: string, length: number): string =>
  name.slice(0, length).replace(/\p{Cs}/gu, "");

/** A card that comes from outside. @throws Trouble when it is none */
export function checkRunCard(value: unknown): RunCard {
  const { id, name, parent, pair } = record("run", value);
  return {
    id: checkId("run.id", id),
    name: printable("run.name", name, 120),
    parent: parent === undefined ? undefined : checkParent(parent),
    pair: pair === undefined ? undefined : checkPair(pair),
  };
}

function checkPair(value: unknown): Pair {
  const { side, other, images, step, eventsMade, sha256, engine, sender } = record("run.pair", value);
  if (sender !== undefined && !isForkState(sender)) refuse("run.pair.sender", sender, "an engine and a hash");
  return {
    side: side === "A" || side === "B" ? side : refuse("run.pair.side", side, "A or B"),
    other: checkId("run.pair.other", other),
    images: whole("run.pair.images", images),
    step: whole("run.pair.step", step),
    eventsMade: whole("run.pair.eventsMade", eventsMade),
    sha256: hash("run.pair.sha256", sha256),
    ...(engine !== undefined && { engine: printable("run.pair.engine", engine, 40) }),
    ...(isForkState(sender) && { sender }),
  };
}

function checkParent(value: unknown): RunCard["parent"] {
  const { id, name, images, step } = record("run.parent", value);
  return {
    id: checkId("run.parent.id", id),
    name: printable("run.parent.name", name, 120),
    images: whole("run.parent.images", images),
    step: whole("run.parent.step", step),
  };
}

/** An id becomes the name of a folder. */
function checkId(what: string, id: unknown): string {
  return typeof id === "string" && /^[a-z0-9-]{1,64}$/.test(id) ? id : refuse(what, id, "an id");
}

function checkHashes(value: unknown): Hashes {
  const { data, tensors, state } = record("hashes", value);
  const entries = Object.entries(record("hashes.tensors", tensors));
  if (entries.length > most.tensors) refuse("hashes.tensors", entries.length, `at most ${most.tensors}`);
  return {
    data: data === undefined ? undefined : hash("hashes.data", data),
    tensors: new Map(entries.map(([name, value]) => [name, hash(fieldOf("hashes.tensors", name), value)])),
    state: hash("hashes.state", state),
  };
}

function checkProof(value: unknown): Proof {
  const { steps, sha256 } = record("proof", value);
  const count = whole("proof.steps", steps);
  if (count < 1 || count > 100) refuse("proof.steps", count, "from 1 to 100");
  return { steps: count, sha256: hash("proof.sha256", sha256) };
}

function checkFrames(value: unknown): FrameCard[] {
  const frames = list("frames", value);
  if (frames.length > most.frames) refuse("frames", frames.length, `at most ${most.frames}`);
  return frames.map((frame, i) => checkFrame(`frames[${i}]`, frame));
}

function checkFrame(what: string, value: unknown): FrameCard {
  const { images, step, resolution, alpha, columns, eventsMade, scores } = record(what, value);
  if (![4, 8, 16, 32, 64].includes(resolution as number)) refuse(`${what}.resolution`, resolution, "4 to 64");
  if (typeof alpha !== "number" || !(alpha >= 0 && alpha <= 1)) refuse(`${what}.alpha`, alpha, "0 to 1");
  const tiles = whole(`${what}.columns`, columns);
  if (tiles < 1 || tiles > 64) refuse(`${what}.columns`, tiles, "1 to 64");
  return {
    images: whole(`${what}.images`, images),
    step: whole(`${what}.step`, step),
    resolution: resolution as number,
    alpha: alpha as number,
    columns: tiles,
    eventsMade: whole(`${what}.eventsMade`, eventsMade),
    ...(scores !== undefined && { scores: checkScores(`${what}.scores`, scores, ofCheckpoint) }),
  };
}

function hash(what: string, value: unknown): string {
  return isSha256(value) ? value : refuse(what, value, "a SHA-256 hash");
}

/** Words are shown and printed: nothing that a terminal or a page would take for more than letters. */
function printable(what: string, value: unknown, length: number): string {
  const fits =
    typeof value === "string" &&
    value.length <= length &&
    /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u.test(value);
  return fits ? value : refuse(what, value, `1 to ${length} printable characters`);
}
