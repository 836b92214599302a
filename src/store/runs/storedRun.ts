// One run at rest: two slots that are written in turn, marks along its way, and the pictures of its timeline.

import { Trouble } from "../../gan/errors.ts";
import { type Checkpoint, type ReadCheckpoint, readCheckpoint, writeCheckpoint } from "../pgan/checkpoint.ts";
import type { FrameCard } from "../pgan/manifest.ts";
import { checkPicture, pictureFolder, pictureName, pngOf } from "../pgan/pictures.ts";
import { noSeries } from "../pgan/series.ts";
import type { Folder } from "./folder.ts";

/** The newest two checkpoints. One is written while the other is whole. */
const slots = ["slot-a.pgan", "slot-b.pgan"] as const;
type Slot = (typeof slots)[number];

const marksName = "marks";
const picturesName = pictureFolder.slice(0, -1);

/** Marks kept besides those at the edges of phases. */
const mostMarks = 12;

/** A checkpoint along the way, from which earlier moments can be reached. */
export interface Mark {
  step: number;
  /** Whether it is where a phase begins: those stay. */
  edge: boolean;
}

/** The newest checkpoint, and the one before it, if that is whole. */
export type Newest = ReadCheckpoint & { before?: ReadCheckpoint };

export interface StoredRun {
  /** Writes the newest state over the older slot. Pictures that are not kept yet are written first. */
  save(checkpoint: Checkpoint): Promise<{ bytes: number; state: string }>;
  /** Keeps a state for going back to; older ones between make room. */
  mark(checkpoint: Checkpoint, edge: boolean): Promise<void>;
  marks(): Promise<Mark[]>;
  /** @throws Trouble when it is damaged */
  readMark(mark: Mark): Promise<ReadCheckpoint>;
  /**
   * The newest state that is whole, with its pictures.
   * @throws Trouble when there is none
   */
  newest(): Promise<Newest>;
  /** Gives room back: marks that can be spared. False where there is none to spare. */
  spare(): Promise<boolean>;
}

export function openStoredRun(folder: Folder): StoredRun {
  /** The slot to write next: not the one that holds the newest state. */
  let next: Slot | undefined;
  /** Pictures in the folder, with their sizes, and those that the newest state names. */
  let written: Map<string, number> | undefined;
  let namedBefore: ReadonlySet<string> = new Set();

  const readSlot = async (slot: Slot): Promise<{ slot: Slot; read: ReadCheckpoint } | undefined> => {
    const bytes = await folder.read(slot);
    if (!bytes) return undefined;
    try {
      return { slot, read: await readCheckpoint(bytes, "apart") };
    } catch (error) {
      if (error instanceof Trouble) return undefined; // cut short, or spoilt on the disk: the other one counts
      throw error;
    }
  };

  /** Slots that are whole, the newest first. */
  const wholeSlots = async () => {
    const read = (await Promise.all(slots.map(readSlot))).filter((slot) => slot !== undefined);
    return read.sort((a, b) => later(a.read, b.read));
  };

  const standOn = (newest: Awaited<ReturnType<typeof readSlot>>) => {
    next = otherSlot(newest?.slot);
    namedBefore = filesOf(newest?.read.frames ?? []);
  };

  const pictures = () => folder.folder(picturesName);

  /** Writes pictures that are new, or were cut short. */
  const keepPictures = async (given: Checkpoint["pictures"]) => {
    const place = await pictures();
    written ??= new Map((await place.list()).map(({ name, bytes }) => [name, bytes]));
    for (const [name, png] of given) {
      const file = fileOf(name);
      if (written.get(file) === png.size) continue;
      await place.write(file, new Uint8Array(await png.arrayBuffer()));
      written.set(file, png.size);
    }
  };

  /** Removes pictures that no slot names any more. */
  const dropPictures = async (named: ReadonlySet<string>) => {
    const place = await pictures();
    for (const file of [...(written?.keys() ?? [])].filter(
      (file) => !named.has(file) && !namedBefore.has(file),
    )) {
      await place.remove(file);
      written!.delete(file);
    }
    namedBefore = named;
  };

  const marks = async (): Promise<Mark[]> => {
    const entries = await (await folder.folder(marksName)).list();
    return entries
      .map(({ name }) => /^s(\d{9})(_edge)?\.pgan$/.exec(name))
      .filter((match) => match !== null)
      .map(([, step, edge]) => ({ step: Number(step), edge: edge !== undefined }))
      .sort((a, b) => a.step - b.step);
  };

  /** Whoever saves a run is the only one. */
  const sweep = async () => {
    for (const place of [folder, await pictures(), await folder.folder(marksName)]) await place.sweep();
  };

  return {
    async save(checkpoint) {
      if (!next) {
        standOn((await wholeSlots())[0]);
        await sweep();
      }
      await keepPictures(checkpoint.pictures);
      const { bytes, state } = await writeCheckpoint({ ...checkpoint, pictures: new Map() });
      await folder.write(next!, bytes);
      next = otherSlot(next);
      await dropPictures(filesOf(checkpoint.frames));
      return { bytes: bytes.length, state };
    },

    async mark(checkpoint, edge) {
      // What its timeline was is in the slots; a branch takes it from there.
      const bare = { ...checkpoint, frames: [], pictures: new Map(), series: noSeries };
      const { bytes } = await writeCheckpoint(bare);
      const place = await folder.folder(marksName);
      await place.write(markName({ step: checkpoint.place.step, edge }), bytes);
      const spare = (await marks()).filter((mark) => !mark.edge);
      if (spare.length > mostMarks) await place.remove(markName(leastMissed(spare)));
    },
    marks,
    async readMark(mark) {
      const bytes = await (await folder.folder(marksName)).read(markName(mark));
      if (!bytes)
        throw new Trouble(`There is no checkpoint of step ${mark.step} any more.`, "Choose another moment.");
      return readCheckpoint(bytes, "apart");
    },

    async newest() {
      const [found, before] = await wholeSlots();
      if (!found)
        throw new Trouble(
          "None of this run's checkpoints can be read.",
          "Delete the run, or import a copy that was exported.",
        );
      standOn(found);
      const place = await pictures();
      const read = new Map<string, Blob>();
      for (const frame of found.read.frames) {
        const name = pictureName(frame);
        const png = await place.read(fileOf(name));
        if (png && isPicture(png, frame)) read.set(name, pngOf(png));
      }
      return { ...found.read, pictures: read, before: before?.read };
    },

    async spare() {
      const spare = (await marks()).filter((mark) => !mark.edge);
      if (spare.length === 0) return false;
      const place = await folder.folder(marksName);
      for (const mark of spare) await place.remove(markName(mark));
      return true;
    },
  };
}

/** The file of a picture in its folder. */
const fileOf = (name: string): string => name.slice(pictureFolder.length);
const filesOf = (frames: readonly FrameCard[]): Set<string> =>
  new Set(frames.map((frame) => fileOf(pictureName(frame))));

/** Whether a picture is one, as far as can be seen. A spoilt one must not spoil a copy of the run. */
function isPicture(png: Uint8Array, frame: FrameCard): boolean {
  try {
    checkPicture(png, frame);
    return true;
  } catch (error) {
    if (error instanceof Trouble) return false;
    throw error;
  }
}

const otherSlot = (slot: Slot | undefined): Slot => (slot === slots[0] ? slots[1] : slots[0]);

const markName = ({ step, edge }: Mark): string =>
  `s${String(step).padStart(9, "0")}${edge ? "_edge" : ""}.pgan`;

function later(a: ReadCheckpoint, b: ReadCheckpoint): number {
  return (
    b.place.step - a.place.step ||
    b.place.events.length - a.place.events.length ||
    (a.saved < b.saved ? 1 : -1)
  );
}

/** The mark whose neighbours lie closest together; never the last one. */
function leastMissed(marks: readonly Mark[]): Mark {
  const gap = (i: number) => marks[i + 1]!.step - (marks[i - 1]?.step ?? 0);
  const inner = marks.slice(0, -1).map((mark, i) => ({ mark, gap: gap(i) }));
  return inner.sort((a, b) => a.gap - b.gap)[0]!.mark;
}
