// The three ways in which a run becomes live: started anew, taken up where it was left, branched from a moment of its past.

import { Trouble } from "../../gan/errors.ts";
import { checkFlip } from "../../gan/settings/settings.ts";
import type { ImageSource } from "../../gan/source.ts";
import type { Loss } from "../../gpu/engine.ts";
import { checkFits } from "../../gpu/memory.ts";
import { checkState } from "../../store/checkState.ts";
import { pastOf, pastUpTo } from "../../store/history/chronicle.ts";
import { checkSize, readCheckpoint } from "../../store/pgan/checkpoint.ts";
import { newId, type RunCard, shortened } from "../../store/pgan/manifest.ts";
import type { Library } from "../../store/runs/library.ts";
import { hearLoss } from "./ends.ts";
import type { House } from "./house.ts";
import { type Beginning, goLive, isForkDue, type Live } from "./live.ts";
import { findPair, takeUpTwin } from "../twins/pairs.ts";
import { baseFor, checkMoment, travel } from "./past.ts";
import type { Command, Config } from "../protocol.ts";
import type { Pump } from "./pump.ts";
import { lossBehind } from "./recovery.ts";
import { momentOf, openSession, prepare, type Session, sourceOf } from "./session.ts";
import { preparing } from "./stretch.ts";
import { verdictOn } from "./verified.ts";
import type { Send } from "./watch.ts";

/** Commands that end in another run being live. */
export type Begin = Extract<Command, { type: "start" | "open" | "branch" }>;
type Of<T extends Begin["type"]> = Extract<Begin, { type: T }>;

/**
 * Makes another run live. What can be refused is refused before the run that is live is left.
 * @param close ends what is being done with that run, and frees it
 * @param wanted whether no later beginning has taken this one's place
 */
export async function begin(
  command: Begin,
  house: House,
  pump: Pump,
  close: () => Promise<void>,
  wanted: () => boolean,
): Promise<void> {
  const { library } = await house.supplies.shelf;
  const around = { house, pump, library, close, wanted };
  const begun = await beginnings[command.type](command as never, around);
  if (!begun) return;
  const { session, beginning, after } = begun;
  try {
    if (!wanted()) return leave(begun);
    const live = await goLive(session, beginning, library, house.send, house.supplies);
    house.live = live;
    tell(live, beginning, house.send);
    live.checked = show(live, after);
    hearLoss(house, live, pump);
    await live.checked;
    void preparing(live); // so that it is ready when it is to train
  } catch (error) {
    const loss = await lossBehind(error, session);
    if (house.live?.session === session && loss) return; // it is live, and is mended as any other
    if (house.live?.session === session) await house.drop(house.live);
    else leave(begun);
    throw loss ? lostAtStart(loss) : error;
  }
}

/** Draws what there is to see, then checks what is to be checked of it. */
async function show(live: Live, after: NonNullable<Begun>["after"]): Promise<void> {
  try {
    await live.watch.report(true);
  } finally {
    await after?.(live); // it tells its outcome, whatever that is
  }
}

/** Tells the page which run is live. */
export function tell(
  { session, card, twinToCome }: Live,
  { past }: Pick<Beginning, "past">,
  send: Send,
): void {
  const { name, device, software, notice } = session.engine;
  send({ type: "engine", engine: { name, device, software, notice } });
  const { config, channels } = session.run;
  const { columns } = session.gallery;
  const { planned, events } = session.run.place();
  const told = past && { ...past, events };
  send({ type: "started", run: card, config, planned, twin: twinToCome, channels, columns, past: told });
}

function leave({ session, beginning }: NonNullable<Begun>): void {
  session.close();
  beginning.release();
}

const lostAtStart = ({ message }: Loss): Trouble =>
  new Trouble(
    `The GPU was lost while the run was set up: ${message || "no reason was given"}.`,
    "Try again, or train on the CPU.",
  );

interface Circumstances {
  house: House;
  pump: Pump;
  library: Library;
  close(): Promise<void>;
  wanted(): boolean;
}

/** What a run begins with, and what is done once it is live. Nothing where nobody waits for it any more. */
type Begun = { session: Session; beginning: Beginning; after?: (live: Live) => Promise<void> } | undefined;

const beginnings: { [T in Begin["type"]]: (command: Of<T>, around: Circumstances) => Promise<Begun> } = {
  async start(command, { house, pump, close, wanted }) {
    const prepared = await prepare(command, house.supplies);
    checkFitsHere(command.config, prepared.source, house);
    if (!wanted()) return undefined;
    await house.leave(pump, command.anyway);
    await close();
    const session = await openSession(prepared, house.supplies);
    const card = { id: newId(), name: nameOf(command.config) };
    return {
      session,
      beginning: { card, twinToCome: prepared.twin, saved: false, release: await house.lockFor(card) },
      async after(live) {
        if (isForkDue(live)) pump.look(live);
      },
    };
  },

  async open({ from, engine, anyway }, { house, pump, library, close, wanted }) {
    const { send, supplies } = house;
    const id = "id" in from ? from.id : await takeIn(from.file, library, house);
    await house.leave(pump, anyway); // it may be the very run that is to be opened
    const { checkpoint, twin, alone } = await findPair(id, library);
    const { run: card, place, tensors } = checkpoint;
    const source = await sourceOf(place.config, supplies);
    checkState(checkpoint, source.channels);
    checkFitsHere(place.config, source, house);
    const held = house.live?.card.id === card.id ? undefined : await house.lockFor(card);
    if (!wanted()) {
      held?.();
      return undefined;
    }
    await close();
    const release = held ?? (await house.lockFor(card));
    const snapshot = { place, tensors };
    try {
      const session = await openSession({ from: snapshot, source, engine }, supplies);
      const past = pastOf(checkpoint);
      const beginning = { card, snapshot, past, twinToCome: checkpoint.twin, saved: true, release };
      return {
        session,
        beginning,
        async after(live) {
          send({ type: "verified", verdict: await verdictOn(checkpoint, session) });
          if (alone) send({ type: "alone", notice: alone });
          if (twin) await takeUpTwin(live, twin, house, library, wanted);
          if (twin || isForkDue(live)) pump.look(live);
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  },

  async branch({ at, of = "A", changes, engine, anyway }, { house, pump, library, close, wanted }) {
    const live = house.needRun();
    const parent = of === "A" ? live : live.twin?.live;
    if (!parent) throw new Trouble("The run has no twin.", "Fork it first.");
    for (const { key, value } of changes) checkFlip(key, value);
    await house.leave(pump, anyway);
    const { run, source } = parent.session;
    const history = run.place();
    checkMoment(at, momentOf(parent.session));
    const kept = pastUpTo(parent.watch.past(), at);
    const base = await baseFor(parent, at, kept, library);
    const from = "tensors" in base ? base : { config: base.config, planned: base.planned };
    await close();
    const session = await openSession({ from, source, engine }, house.supplies);
    try {
      const told = (done: number, total: number) => house.send({ type: "replaying", done, total });
      const past = await travel(session, history, at, kept, told, wanted);
      for (const { key, value } of changes) session.run.flip(key, value);
      const { images, step } = session.run;
      const { id, name } = parent.card;
      const card: RunCard = {
        id: newId(),
        name: branchName(name, images),
        parent: { id, name, images, step },
      };
      return {
        session,
        beginning: {
          ...{ card, past, saved: false, release: await house.lockFor(card) },
          twinToCome: parent.twinToCome,
        },
        async after(live) {
          await live.keeper.settle(() => true); // so that it is listed at once
        },
      };
    } catch (error) {
      const loss = await lossBehind(error, session);
      session.close();
      throw loss ? lostAtStart(loss) : error;
    }
  },
};

/** What would not fit is refused while the run before is still there: it knows how much the device has. */
function checkFitsHere(config: Config, { channels }: ImageSource, { live }: House): void {
  if (live) checkFits(config, channels, live.session.engine.limits);
}

/** Takes a file in that a run can go on from. @returns the id of the run */
export async function takeIn(file: Blob, library: Library, { supplies }: House): Promise<string> {
  checkSize(file.size);
  const read = await readCheckpoint(new Uint8Array(await file.arrayBuffer()));
  checkState(read, (await sourceOf(read.place.config, supplies)).channels);
  return (await library.takeIn(read)).id;
}

/** What a run is called until a person names it. */
const nameOf = ({ data, to, seed }: Config): string => `${data} to ${to}×${to}, seed ${seed}`;

const branchName = (name: string, images: number): string =>
  `${shortened(name.replace(/, from \d+ images$/, ""), 80)}, from ${images} images`;
