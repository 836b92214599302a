// What a run leaves in its folder as it goes: statistics, pictures and checkpoints.
// Each time all is read first and written after, so that a GPU that fails in between leaves nothing false.

import { createGallery, type Judged, realImages } from "../../export/gallery.ts";
import { encodePng, tileGrid, type Tiles, toBytes } from "../../export/images.ts";
import { fakesName, initName, realsName, snapshotName } from "../../export/names.ts";
import { Trouble } from "../../gan/errors.ts";
import type { Run } from "../../gan/run.ts";
import type { ImageSource } from "../../gan/source.ts";
import { firstNonFinite as firstNonFiniteIn } from "../../gan/state.ts";
import { firstNonFinite, joinRows, type StatsRow } from "../../gan/statistics/stats.ts";
import { type Chronicle, toKeep } from "../../store/history/chronicle.ts";
import { firstNonFinite as firstNonFiniteTensor, writeCheckpoint } from "../../store/pgan/checkpoint.ts";
import type { Maker, Proof, RunCard } from "../../store/pgan/manifest.ts";
import { pngOf } from "../../store/pgan/pictures.ts";
import { type Snapshot, takeSnapshot } from "../../store/snapshot.ts";
import { snapshotTicks } from "./args.ts";
import type { Lifeline } from "./lost.ts";
import type { RunFolder } from "../runFolder.ts";
import { createStatusLine } from "./statusLine.ts";

/** 128 samples: of 16 kinds in equal shares, all are among them 99.6 times in 100; among 64 only 77 times. */
const [columns, rows] = [16, 8];
/** Of those, the grid that a checkpoint's timeline has: the page draws as many, from the same z, and has D score them. */
const framed = { columns: 8, rows: 8 };

/** What a checkpoint keeps of the run besides where it stands. */
export interface Keeping {
  card: RunCard;
  maker: Maker;
  dataHash: string;
  /** The run's past, which the recorder adds to. */
  chronicle: Chronicle;
  /** The tick that the run was taken up in, as far as it was done then. */
  open?: StatsRow;
  /** Makes the proof of a run as it stands. */
  prove(snapshot: Snapshot): Promise<Proof>;
}

export interface Recorder {
  /** The pictures there are before a step is taken. */
  begin(): Promise<void>;
  /** A new resolution: its real images. */
  grown(resolution: number): void;
  /**
   * A tick is full: its statistics, samples, and now and then a checkpoint.
   * @throws Trouble when the run diverged. Its statistics are written then, and nothing else.
   */
  tick(): Promise<void>;
  /** The run ends, or stops: what is not written yet. */
  end(): Promise<void>;
}

/** A recorder of a run. @param say prints a line, and keeps it with the run */
export function createRecorder(
  run: Run,
  source: ImageSource,
  { card, maker, dataHash, chronicle, open, prove }: Keeping,
  folder: RunFolder,
  { during }: Lifeline,
  say: (line: string) => void,
): Recorder {
  const gallery = createGallery(run, source, columns, rows);
  const framing = createGallery(run, source, framed.columns, framed.rows);
  const status = createStatusLine(run);
  let ticks = 0;
  let tickedAt = run.step;
  let savedAt = -1;

  const samples = () => during(gallery.samples("average"));

  /** @throws Trouble when a number in it is not finite */
  const checkpoint = async () => {
    const taken = await during(takeSnapshot(run));
    const broken = firstNonFiniteTensor(taken.tensors);
    if (broken !== undefined) throw diverged(run.step, broken);
    const proof = await during(prove(taken));
    const saved = new Date().toISOString();
    const past = toKeep(chronicle.past(open));
    return (await writeCheckpoint({ run: card, maker, dataHash, ...taken, ...past, proof, saved })).bytes;
  };

  const judged = () => during(framing.judged("average"));

  const addFrame = ({ samples, scores }: Judged) => {
    const png = pngOf(encodePng(tileGrid(samples, framed)));
    chronicle.addFrame({ ...chronicle.frameOf(run, framed.columns), ...(scores && { scores }), png });
  };

  const save = (bytes: Uint8Array) => {
    folder.write(snapshotName(run.images), bytes);
    savedAt = run.step;
  };

  const writeRow = (row: StatsRow) => {
    folder.stats(row);
    say(status.line(row));
  };

  const tick = async (saving: boolean) => {
    const read = await during(run.readStats()); // waits until the engine has taken the steps
    const own = { ...read, secPerStep: status.secPerStep() };
    const row = open ? joinRows(open, own) : own;
    open = undefined;
    tickedAt = run.step;
    const broken = firstNonFinite(row);
    if (broken !== undefined) {
      writeRow(row);
      throw diverged(run.step, (await during(firstNonFiniteIn(run.store))) ?? broken);
    }
    const [grid, frame] = [await samples(), await judged()];
    chronicle.addRow(own); // the rows tell of the open tick already
    chronicle.addTick(row);
    addFrame(frame);
    const snapshot = saving ? await checkpoint() : undefined;
    writeRow(row);
    folder.write(fakesName(run.images, row.resolution, "average"), png(grid));
    if (snapshot) save(snapshot);
    status.start();
  };

  return {
    async begin() {
      for (let resolution = run.config.from; resolution <= run.resolution; resolution *= 2)
        this.grown(resolution);
      if (run.images === 0) {
        const [grid, frame] = [await samples(), await judged()];
        addFrame(frame);
        folder.write(initName, png(grid));
      }
      status.start();
    },
    grown: (resolution) => folder.write(realsName(resolution), png(realTiles(source, resolution))),
    tick: () => tick(++ticks % snapshotTicks === 0),
    async end() {
      if (run.step > tickedAt) await tick(true);
      else if (savedAt !== run.step) save(await checkpoint());
    },
  };
}

/** A grid of real images, without what a fade does to them. */
function realTiles(source: ImageSource, resolution: number): Tiles {
  const count = columns * rows;
  const { bytes: pixels } = toBytes(realImages(source, resolution, count));
  return { pixels, count, resolution, channels: source.channels };
}

/** Every resolution at the same size, so that the pictures of a run can be laid over one another. */
function png(tiles: Tiles): Uint8Array {
  return encodePng(tileGrid(tiles, { columns, scale: Math.max(1, 64 / tiles.resolution) }));
}

function diverged(step: number, what: string): Trouble {
  return new Trouble(
    `Training diverged at step ${step}: ${what} holds a number that is not finite.`,
    "Start a new run with lower learning rates or a gradient penalty, or change them by --at when you --resume the last snapshot.",
  );
}
