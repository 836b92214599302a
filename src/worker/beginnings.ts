// The three ways in which a run becomes live: started anew, taken up where it was left, branched from a moment of its past.

import { Trouble } from "../gan/errors.ts";
import { pastOf, pastUpTo } from "../store/history/chronicle.ts";
import { makerOf } from "../store/maker.ts";
import { checkSize, type ReadCheckpoint } from "../store/pgan/checkpoint.ts";
import { newId, type RunCard } from "../store/pgan/manifest.ts";
import type { Library } from "../store/runs/library.ts";
import { verify } from "../store/verify.ts";
import { hearLoss } from "./ends.ts";
import type { House } from "./house.ts";
import { type Beginning, goLive, type Live } from "./live.ts";
import { nextTask } from "./nextTask.ts";
import { baseFor, travel } from "./past.ts";
import type { Command, Config } from "./protocol.ts";
import type { Pump } from "./pump.ts";
import { EngineLost, openSession, prepare, type Session, sourceOf } from "./session.ts";

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
  const { send, supplies } = house;
  const { library } = await supplies.shelf;
  const around = { house, pump, library, close, wanted };
  const begun = await beginnings[command.type](command as never, around).catch((error: unknown) => {
    if (!(error instanceof EngineLost)) throw error;
    throw new Trouble(
      `The GPU was lost while the run was set up: ${error.loss.message}.`,
      "Try again, or train on the CPU.",
    );
  });
  if (!begun) return;
  const { session, beginning, after } = begun;
  if (!wanted()) {
    session.close();
    return beginning.release();
  }
  const live = await goLive(session, beginning, library, send);
  house.live = live;
  hearLoss(house, live, pump);
  const { name, device, software, notice } = session.engine;
  send({ type: "engine", engine: { name, device, software, notice } });
  const { config, channels } = session.run;
  const { columns } = session.gallery;
  const { planned, events } = session.run.place();
  const past = beginning.past && { ...beginning.past, events };
  send({ type: "started", run: beginning.card, config, planned, channels, columns, past });
  await live.watch.report(true);
  await after?.(live);
}

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
    if (!wanted()) return undefined;
    await house.leave(pump);
    await close();
    const session = await openSession(prepared, house.supplies);
    const card = { id: newId(), name: nameOf(command.config) };
    return { session, beginning: { card, saved: false, release: await house.lockFor(card) } };
  },

  async open({ from, engine }, { house, pump, library, close, wanted }) {
    const { send, supplies } = house;
    const id = "id" in from ? from.id : await takeIn(from.file, library);
    await house.leave(pump); // it may be the very run that is to be opened
    const checkpoint = await library.newest(id);
    const { run: card, place, tensors } = checkpoint;
    const source = await sourceOf(place.config, supplies);
    const isLive = house.live?.card.id === id;
    const held = isLive ? undefined : await house.lockFor(card);
    if (!wanted()) {
      held?.();
      return undefined;
    }
    await close();
    const release = held ?? (await house.lockFor(card));
    const snapshot = { place, tensors };
    const session = await openSession({ from: snapshot, source, engine }, supplies).catch(
      (error: unknown) => {
        release();
        throw error;
      },
    );
    return {
      session,
      beginning: { card, snapshot, past: pastOf(checkpoint), saved: true, release },
      async after(live) {
        const here = { maker: makerOf(session.engine), dataHash: await live.dataHash };
        const candidate = (claim: ReadCheckpoint) => ({ claim, takeUp: () => session.takeUp(claim) });
        const before = checkpoint.before && candidate(checkpoint.before);
        const verdict = await verify(candidate(checkpoint), here, nextTask, before);
        send({ type: "verified", verdict });
      },
    };
  },

  async branch({ at, changes, engine }, { house, pump, library, close, wanted }) {
    const parent = house.needRun();
    await house.leave(pump);
    const { run, source } = parent.session;
    const history = run.place();
    const base = await baseFor(parent, at, library);
    const past = pastUpTo(parent.watch.past(), at);
    const from = "tensors" in base ? base : { config: base.config, planned: base.planned };
    await close();
    const session = await openSession({ from, source, engine }, house.supplies);
    try {
      const tell = (done: number, total: number) => house.send({ type: "replaying", done, total });
      await travel(session, history, at, tell, wanted);
      for (const { key, value } of changes) session.run.flip(key, value);
    } catch (error) {
      session.close();
      throw error;
    }
    const { images, step } = session.run;
    const { id, name } = parent.card;
    const card: RunCard = { id: newId(), name: branchName(name, images), parent: { id, name, images, step } };
    return {
      session,
      beginning: { card, past, saved: false, release: await house.lockFor(card) },
      after: (live) => live.keeper.settle(() => true), // so that it is listed at once
    };
  },
};

async function takeIn(file: Blob, library: Library): Promise<string> {
  checkSize(file.size);
  const { id } = await library.takeIn(new Uint8Array(await file.arrayBuffer()));
  return id;
}

/** What a run is called until a person names it. */
const nameOf = ({ data, to, seed }: Config): string => `${data} to ${to}×${to}, seed ${seed}`;

const branchName = (name: string, images: number): string =>
  `${name.replace(/, from \d+ images$/, "").slice(0, 80)}, from ${images} images`;
