// Pairs that are kept: both runs are found, taken up again together, checked to have been one, and brought to the same image.

import { Trouble } from "../../gan/errors.ts";
import type { FlipEvent } from "../../gan/settings/events.ts";
import { batchAt } from "../../gan/settings/settings.ts";
import { checkState } from "../../store/checkState.ts";
import { pastOf } from "../../store/history/chronicle.ts";
import { areOfOne, type Pair } from "../../store/pgan/manifest.ts";
import type { Library } from "../../store/runs/library.ts";
import type { Newest } from "../../store/runs/storedRun.ts";
import { fingerprintOf } from "../../store/snapshot.ts";
import type { House } from "../run/house.ts";
import type { Live } from "../run/live.ts";
import { nextTask } from "../nextTask.ts";
import { paced } from "../run/past.ts";
import type { Notice, Past, TakenUp } from "../protocol.ts";
import type { Session } from "../run/session.ts";
import { imagesOf, takeStep } from "../run/stretch.ts";
import { goLiveAsB, twinOf } from "./twins.ts";
import { verdictOn } from "../run/verified.ts";

/** Steps that may be taken again to reach the moment of the fork. */
const mostAgain = 300;
/** Milliseconds of steps between two looks. */
const breath = 40;

/** The run to take up, and its twin; or why there is none, though it is of a pair. */
export interface Found {
  checkpoint: Newest;
  twin?: Newest;
  alone?: Notice;
}

/** A run as it is kept, or A of a pair with B, whichever of them was asked for. */
export async function findPair(id: string, library: Library): Promise<Found> {
  const checkpoint = await library.newest(id);
  const { run } = checkpoint;
  if (!run.pair) return { checkpoint };
  const lost = (message: string): Found => ({
    checkpoint,
    alone: { message, remedy: `Run “${run.name}” goes on alone.` },
  });
  if (!(await library.has(run.pair.other)))
    return lost("Its twin is not among the runs: it was deleted, or never imported.");
  const twin = await library.newest(run.pair.other).catch((error: unknown) => {
    if (!(error instanceof Trouble)) throw error;
    return undefined;
  });
  if (!twin) return lost("Its twin can't be read any more.");
  if (twin.run.pair?.other !== id || !areOfOne(run.pair, twin.run.pair))
    return lost("Its twin has another twin by now, or is none any more.");
  return run.pair.side === "A" ? { checkpoint, twin } : { checkpoint: twin, twin: checkpoint };
}

/**
 * Takes B up beside A, which is live. Where that can't be, it is told why, and A goes on alone.
 * @param wanted whether anybody still waits for it
 */
export async function takeUpTwin(
  a: Live,
  newest: Newest,
  house: House,
  library: Library,
  wanted: () => boolean,
): Promise<void> {
  const { run: card, place, tensors } = newest;
  const pair = card.pair!;
  let session: Session | undefined;
  let release: (() => void) | undefined;
  try {
    release = await house.lockFor(card);
    checkState(newest, a.session.source.channels);
    session = a.session.beside({ place, tensors });
    const doubts = [...(await doubtsOf(newest, session)), ...(await forkDoubts(a, newest, session, library))];
    const past = pastOf(newest);
    const beginning = { card, snapshot: { place, tensors }, past, saved: true, release };
    const b = await goLiveAsB(a, session, beginning, house, library);
    const { images, step, eventsMade, sha256 } = pair;
    const compared = { images, step, sha256, equal: true };
    const taken: TakenUp = { past: since(past, place.events, pair), doubts };
    const { config, planned } = session.run;
    house.send({ type: "forked", run: card, config, planned, compared, eventsMade, taken });
    [a.twin, a.twinToCome] = [twinOf(a, b, compared, eventsMade), undefined];
  } catch (error) {
    session?.close();
    release?.();
    if (!(error instanceof Trouble)) throw error;
    const { message, remedy } = error;
    house.send({ type: "alone", notice: { message: `Its twin can't be taken up: ${message}`, remedy } });
    return;
  }
  await level(a, a.twin.live, house, wanted);
}

/** What there is to say against B being the run that was saved. */
async function doubtsOf(newest: Newest, session: Session): Promise<string[]> {
  const { kind, because } = await verdictOn(newest, session);
  return kind === "differs" ? [`B does not go on exactly as it would have: ${because.join("; ")}.`] : [];
}

/** The same against both having been one run. Each is asked for its state at the fork: as it is kept, or made once more. */
async function forkDoubts(a: Live, ofB: Newest, b: Session, library: Library): Promise<string[]> {
  const doubts: string[] = [];
  const { sha256 } = ofB.run.pair!;
  for (const [side, card, session] of [
    ["A", a.card, a.session],
    ["B", ofB.run, b],
  ] as const) {
    const state = await stateAtFork(card, session, library);
    if (state === undefined)
      doubts.push(
        `${side}'s state at the fork is not kept any more, and too many steps away to be made again.`,
      );
    else if (state !== sha256)
      doubts.push(`${side}'s state at the fork is not the one that was hashed there.`);
  }
  return doubts;
}

async function stateAtFork(
  card: Live["card"],
  session: Session,
  library: Library,
): Promise<string | undefined> {
  const { step, eventsMade } = card.pair!;
  const history = session.run.place();
  const kept = await library.nearest(card, step).catch((error: unknown) => {
    if (!(error instanceof Trouble)) throw error;
    return undefined;
  });
  const base = kept && kept.place.events.length <= eventsMade ? kept : undefined;
  if (base?.place.step === step && base.place.events.length === eventsMade) return base.state;
  const start = { config: history.started, planned: [] };
  if (step - (base?.place.step ?? 0) > mostAgain) return undefined;
  const run = session.takeUp(base ? { place: base.place, tensors: base.tensors } : start);
  try {
    for await (const _ of paced({ ...session, run }, history, { step, eventsMade }));
    return await session.sound(fingerprintOf(run));
  } finally {
    run.dispose();
  }
}

/** What of B's past is its own. */
function since(past: Past, events: readonly FlipEvent[], { step, eventsMade }: Pair): TakenUp["past"] {
  return {
    rows: past.rows.filter((row) => row.step > step),
    ticks: past.ticks.filter((row) => row.step > step),
    open: past.open,
    censuses: past.censuses.filter((census) => census.step > step),
    frames: past.frames.filter((frame) => frame.step > step || frame.eventsMade > eventsMade),
    events: events.slice(eventsMade),
  };
}

/**
 * Of a pair that was saved at two moments, as when the browser was killed, the one that was saved earlier takes the steps
 * again that lie between: the same ones, as what a person changed in a pair is saved at once.
 */
async function level(a: Live, b: Live, { send }: House, wanted: () => boolean): Promise<void> {
  const isA = imagesOf(a) < imagesOf(b);
  const behind = isA ? a : b;
  const { run } = behind.session;
  const from = run.step;
  // D of B may take more steps at a time: then it is level when A's next step would pass it.
  const lags = () =>
    isA
      ? imagesOf(a) + batchAt(run.stage.resolution, run.config) * run.config.stepsD <= imagesOf(b)
      : imagesOf(b) < imagesOf(a);
  if (!lags()) return;
  const tell = (done: boolean) =>
    send({ type: "levelled", side: isA ? "A" : "B", steps: run.step - from, done });
  while (lags() && wanted()) {
    const began = performance.now();
    behind.watch.working();
    let due = false;
    while (!due && lags() && performance.now() - began < breath) {
      const taken = takeStep(behind);
      if (!taken) return tell(true); // all its images were shown
      due = taken.due;
    }
    // A number that is not finite is for the pump to find: it looks at both next.
    if ((await behind.watch.report()) ?? (await behind.keeper.tend())) break;
    tell(false);
    await nextTask();
  }
  tell(true);
}

/**
 * Makes a pair of two runs again: of copies, which have other ids.
 * @throws Trouble when they were not one run, or one of them is gone
 */
export async function tie(ids: readonly [string, string], library: Library): Promise<void> {
  const runs = await library.list();
  const [one, other] = ids.map((id) => runs.find(({ card }) => card.id === id)?.card);
  if (!one?.pair || !other?.pair || !areOfOne(one.pair, other.pair))
    throw new Trouble(
      "These two are not of one pair: their states at a fork are not the same.",
      "Choose A and B of the same fork.",
    );
  await library.tie(one.id, { ...one.pair, other: other.id });
  await library.tie(other.id, { ...other.pair, other: one.id });
}
