// All runs that are kept: listed, taken up, renamed, deleted, taken in from a file and given out as one.

import { Trouble } from "../../gan/errors.ts";
import { type Checkpoint, type ReadCheckpoint, writeCheckpoint } from "../pgan/checkpoint.ts";
import { checkRunCard, newId, type Pair, type RunCard } from "../pgan/manifest.ts";
import { pictureName, pngOf } from "../pgan/pictures.ts";
import { bytesIn, type Folder } from "./folder.ts";
import { type Mark, type Newest, openStoredRun, type StoredRun } from "./storedRun.ts";

/** A run as a list shows it. */
export interface RunEntry {
  card: RunCard;
  data: string;
  seed: number;
  images: number;
  step: number;
  resolution: number;
  /** When it was last saved, in ISO 8601. */
  saved: string;
  engine: string;
  /** Bytes of all its files. */
  bytes: number;
  /** Its newest samples as a PNG, and how many tiles are in a row of it. */
  thumbnail?: { png: Blob; columns: number; resolution: number };
}

export interface Library {
  /** Runs, the last saved one first. */
  list(): Promise<RunEntry[]>;
  /** The run of that card, made where there is none. */
  open(card: RunCard): Promise<StoredRun>;
  /** Saves a run's newest state, and what the list says of it. */
  save(checkpoint: Checkpoint): Promise<{ bytes: number; state: string }>;
  /** Keeps a state of a run for going back to. */
  mark(checkpoint: Checkpoint, edge: boolean): Promise<void>;
  /** The newest state of a run. @throws Trouble when none can be read */
  newest(id: string): Promise<Newest>;
  /** The last whole state kept of a run, or of the run it was branched from, at or before `step`. */
  nearest(card: RunCard, step: number): Promise<ReadCheckpoint | undefined>;
  rename(id: string, name: string): Promise<void>;
  /** Ties a run to its twin, or, without a pair, no longer. */
  tie(id: string, pair: Pair | undefined): Promise<void>;
  /** Whether a run is kept, readable or not. */
  has(id: string): Promise<boolean>;
  remove(id: string): Promise<void>;
  /** Takes a checkpoint in as a run of its own. @throws Trouble when there is no room for it */
  takeIn(read: ReadCheckpoint): Promise<RunCard>;
  /** A run as one .pgan file. */
  giveOut(id: string): Promise<{ checkpoint: ReadCheckpoint; bytes: Uint8Array<ArrayBuffer> }>;
}

const aboutName = "about.json";

/** What is said of a run in a few bytes, so that a list need not read checkpoints. */
type About = Omit<RunEntry, "bytes" | "thumbnail"> & {
  picture?: { file: string; columns: number; resolution: number };
};

/** @param root the folder that holds a folder for each run */
export function createLibrary(root: Folder): Library {
  const runs = new Map<string, StoredRun>();

  const openRun = async (id: string): Promise<StoredRun> => {
    const run = runs.get(id) ?? openStoredRun(await root.folder(id));
    runs.set(id, run);
    return run;
  };

  const readAbout = async (id: string): Promise<About | undefined> => {
    const bytes = await (await root.folder(id)).read(aboutName);
    return bytes && aboutFrom(bytes);
  };

  /** Runs whose list entry was lost are told by their checkpoint. */
  const findAbout = async (id: string): Promise<About | undefined> => {
    const about = await readAbout(id);
    if (about) return about;
    const read = await (await openRun(id)).newest().catch(() => undefined);
    return read && aboutOf({ ...read, run: { ...read.run, id } });
  };

  const writeAbout = async (about: About) =>
    (await root.folder(about.card.id)).write(aboutName, new TextEncoder().encode(JSON.stringify(about)));

  const entryOf = async (id: string): Promise<RunEntry | undefined> => {
    const folder = await root.folder(id);
    const about = await findAbout(id);
    if (!about) return undefined;
    const { picture, ...entry } = about;
    const png = picture && (await (await folder.folder("atlas")).read(picture.file));
    const { columns = 1, resolution = 4 } = picture ?? {};
    const thumbnail = png && { png: pngOf(png), columns, resolution };
    return { ...entry, bytes: await bytesIn(folder), thumbnail };
  };

  const ids = async () =>
    (await root.list())
      .filter(({ kind, name }) => kind === "folder" && /^[a-z0-9-]{1,64}$/.test(name))
      .map(({ name }) => name);

  return {
    async list() {
      const entries = await Promise.all((await ids()).map(entryOf));
      return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.saved < b.saved ? 1 : -1));
    },

    open: ({ id }) => openRun(id),

    async save(checkpoint) {
      const saved = await (await openRun(checkpoint.run.id)).save(checkpoint);
      await writeAbout(aboutOf(checkpoint));
      return saved;
    },

    mark: async (checkpoint, edge) => (await openRun(checkpoint.run.id)).mark(checkpoint, edge),

    async newest(id) {
      const read = await (await openRun(id)).newest();
      const { name, pair } = (await readAbout(id))?.card ?? read.run; // these may be younger than the checkpoint
      return { ...read, run: { ...read.run, id, name, pair } };
    },

    async nearest(card, step) {
      const before = (await marksOf(card)).filter(({ mark }) => mark.step <= step);
      for (const { id, mark } of before.reverse()) {
        const read = await (await openRun(id)).readMark(mark).catch(nothing);
        if (read) return read;
      }
      return undefined;
    },

    rename: async (id, name) => tell(id, { name: checkName(name) }, "The new name can't be kept"),
    tie: (id, pair) => tell(id, { pair }, "The pair can't be kept"),
    has: async (id) => (await ids()).includes(id),

    async remove(id) {
      runs.delete(id);
      await root.remove(id);
    },

    async takeIn(read) {
      // A run that is here already stays as it is: the file becomes a copy of it.
      const taken = (await ids()).includes(read.run.id) || read.run.id === "unknown";
      const run = taken ? { ...read.run, id: newId() } : read.run;
      try {
        await this.save({ ...read, run, saved: new Date().toISOString() });
      } catch (cause) {
        await this.remove(run.id); // half of a run is of no use, and takes room
        throw noRoom("The file can't be taken in", cause);
      }
      return run;
    },

    async giveOut(id) {
      const checkpoint = await this.newest(id);
      const { frames, pictures } = checkpoint;
      const whole = frames.filter((frame) => pictures.has(pictureName(frame)));
      return { checkpoint, bytes: (await writeCheckpoint({ ...checkpoint, frames: whole })).bytes };
    },
  };

  /** Says something else of a run than its checkpoints do. */
  async function tell(id: string, change: Partial<RunCard>, failed: string): Promise<void> {
    const about = (await ids()).includes(id) ? await findAbout(id) : undefined;
    if (!about) throw new Trouble("There is no such run any more.", "Open the list again.");
    await writeAbout({ ...about, card: { ...about.card, ...change } }).catch((cause: unknown) => {
      throw noRoom(failed, cause);
    });
  }

  /** Marks of a run, after those of the run it was branched from up to there. */
  async function marksOf(
    { id, parent }: RunCard,
    below: string[] = [],
  ): Promise<{ id: string; mark: Mark }[]> {
    const own = (await (await openRun(id)).marks()).map((mark) => ({ id, mark }));
    if (!parent || [id, ...below].includes(parent.id) || !(await ids()).includes(parent.id)) return own;
    const above = (await readAbout(parent.id))?.card ?? { id: parent.id, name: parent.name };
    return [...(await marksOf(above, [id, ...below])).filter(({ mark }) => mark.step <= parent.step), ...own];
  }
}

function aboutOf({ run, place, saved, maker, frames }: Checkpoint): About {
  const { config, images, step, resolution } = place;
  const newest = frames.at(-1);
  return {
    card: run,
    data: config.data,
    seed: config.seed,
    images,
    step,
    resolution,
    saved,
    engine: maker.engine,
    picture: newest && {
      file: pictureName(newest).split("/")[1]!,
      columns: newest.columns,
      resolution: newest.resolution,
    },
  };
}

/** The entry of a list, unless it was spoilt. It is our own file: only whether it is whole is looked at. */
function aboutFrom(bytes: Uint8Array): About | undefined {
  try {
    const about = JSON.parse(new TextDecoder().decode(bytes)) as About;
    checkRunCard(about.card);
    return about;
  } catch {
    return undefined;
  }
}

/** What is read where the disk has spoilt it. */
function nothing(error: unknown): undefined {
  if (!(error instanceof Trouble)) throw error;
}

function noRoom(what: string, cause: unknown): Trouble {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Trouble(
    `${what}: ${why.replace(/\.$/, "")}.`,
    "Make room by deleting other runs, then try again.",
    { cause },
  );
}

/** A name that a person gives to a run. @throws Trouble when it can't be shown in a line */
export function checkName(name: string): string {
  try {
    return checkRunCard({ id: "any", name: name.trim() }).name;
  } catch (cause) {
    throw new Trouble("A run can't have that name.", "Use 1 to 120 letters, digits and signs.", { cause });
  }
}
