// Twins: a second run forked off the one that is live, with every bit of its state, to differ from it in one thing.

import { Trouble } from "../../gan/errors.ts";
import type { PlannedFlip } from "../../gan/settings/events.ts";
import { type Key, type Value, checkFlip } from "../../gan/settings/settings.ts";
import { newId, type RunCard, shortened } from "../../store/pgan/manifest.ts";
import type { Library } from "../../store/runs/library.ts";
import { fingerprintOf, takeSnapshot } from "../../store/snapshot.ts";
import { tell } from "../run/beginnings.ts";
import { hearLoss } from "../run/ends.ts";
import { type House, putAway } from "../run/house.ts";
import { type Beginning, goLive, type Live, type Twin } from "../run/live.ts";
import type { Compared, Report, RunReport, Side } from "../protocol.ts";
import type { Pump } from "../run/pump.ts";
import type { Session } from "../run/session.ts";
import type { Send } from "../run/watch.ts";

/** Milliseconds between two comparisons, at least; and the share of the time that they may take. */
const between = 5_000;
const shareForComparing = 0.02;

/** What the page is told of B in so many words; of the rest A tells the same. */
const own: readonly Report["type"][] = [
  "saved",
  "unsaved",
  "progress",
  "stats",
  "flipped",
  "samples",
  "frame",
  "census",
  "uncounted",
  "measured",
  "diverged",
] satisfies RunReport["type"][];
const isOwn = (report: Report): report is RunReport => own.includes(report.type);

/** Changes that set a twin apart. */
export interface Apart {
  /** Made at once. */
  changes: readonly { key: Key; value: Value }[];
  /** To come, in place of the run's own. Where they are told, both make those that are due. */
  planned?: readonly PlannedFlip[];
}

/**
 * Forks a twin off the run that is live. Nothing may be done with it meanwhile.
 * @throws Trouble when a change is refused, there is a twin already, or two such runs don't fit; then nothing has changed.
 * What goes wrong once there is a twin, as when the engine is lost while both are saved, is of a pair, and mended as such.
 */
export async function fork({ changes, planned }: Apart, house: House, library: Library): Promise<void> {
  const a = house.needRun();
  const { session, card } = a;
  if (a.ended) throw a.ended;
  if (a.twin) throw new Trouble("The run has a twin already.", "Keep A or B, then fork again.");
  for (const { key, value } of changes) checkFlip(key, value);
  await a.watch.report(true); // what A has counted up to here is no part of what B will count
  const taken = await session.sound(takeSnapshot(session.run));
  const snapshot = planned ? { ...taken, place: { ...taken.place, planned: [...planned] } } : taken;
  const { images, step, events } = snapshot.place;
  const eventsMade = events.length;
  const { twinToCome: due } = a;
  const sender = due && images >= due.images ? due.sender : undefined; // else it is forked by hand, earlier
  const ofB: RunCard = {
    id: newId(),
    name: twinName(card.name, images),
    parent: { id: card.id, name: card.name, images, step },
  };
  const release = await house.lockFor(ofB);
  let sessionB: Session | undefined;
  let b: Live;
  try {
    sessionB = session.beside(snapshot);
    const compared = await compare(a, sessionB);
    if (!compared.equal)
      throw new Trouble(
        "The twin would not be the same run: this device changes numbers that are only stored.",
        "Train on the CPU.",
      );
    const { sha256 } = compared;
    const engine = session.engine.name;
    const shared = { images, step, eventsMade, sha256, engine, ...(sender && { sender }) };
    ofB.pair = { side: "B", other: card.id, ...shared };
    card.pair = { side: "A", other: ofB.id, ...shared };
    const beginning = { card: ofB, snapshot, past: a.watch.past(), saved: false, release };
    b = await goLiveAsB(a, sessionB, beginning, house, library);
    const { config, planned: coming } = sessionB.run;
    house.send({ type: "forked", run: ofB, config, planned: coming, compared, eventsMade });
    [a.twin, a.twinToCome] = [twinOf(a, b, compared, eventsMade), undefined];
  } catch (error) {
    release();
    card.pair = undefined;
    sessionB?.close();
    throw error;
  }
  let failure: unknown;
  // What both were is kept with each. Where that fails, each tries again as soon as it can.
  for (const { keeper } of [a, b]) await keeper.mark().catch((error: unknown) => (failure ??= error));
  if (planned && !failure)
    for (const { session, watch } of [a, b])
      session.run.flipPlanned().forEach((event) => watch.flipped(event)); // else their next steps do
  for (const { key, value } of changes) flip(b, key, value); // made again, where the engine is lost
  if (failure) throw failure;
}

/** B of a pair, of which the page is told as such until it is the one that goes on. */
export async function goLiveAsB(
  a: Live,
  session: Session,
  beginning: Beginning,
  house: House,
  library: Library,
): Promise<Live> {
  const send: Send = (report, transfer) =>
    house.live !== b && isOwn(report)
      ? house.send({ type: "twin", report }, transfer)
      : house.send(report, transfer);
  const b: Live = await goLive(session, beginning, library, send, house.supplies, () => house.live === b);
  b.watch.weights = a.watch.weights;
  return b;
}

/** Changes a setting of a run from the next step on. */
export function flip({ session, watch, keeper, card }: Live, key: Key, value: Value): void {
  const event = session.run.flip(key, value);
  if (!event) return;
  watch.flipped(event);
  keeper.changed();
  // Were it lost with the browser, the other one of a pair would go on with a run that has never been.
  if (card.pair) void keeper.ask();
}

/**
 * Goes on with one of the pair. The other one is saved and freed. Nothing may be done with them meanwhile.
 * @param anyway although it can't be saved
 * @throws Trouble when there is no twin, or the one to go on with has ended; Unsaved when the other can't be saved
 */
export async function endTwin(keep: Side, house: House, pump: Pump, anyway = false): Promise<void> {
  const a = house.needRun();
  const b = a.twin?.live;
  if (!b) throw new Trouble("The run has no twin.", "Fork it first.");
  const [kept, left] = keep === "A" ? [a, b] : [b, a];
  if (keep === "B" && b.ended) throw b.ended;
  await house.unpair([a, b]);
  if (!left.ended) await putAway(left, anyway);
  a.twin = undefined;
  house.live = kept;
  await left.keeper.end(new Trouble("The twin was left.", "Continue it from the list of runs."));
  left.counting.end();
  left.session.close();
  left.release();
  if (keep === "A") house.send({ type: "alone" });
  else {
    hearLoss(house, kept, pump);
    tell(kept, { past: kept.watch.past() }, house.send);
  }
}

/** The twin, compared again now and then as long as nobody has changed the one and not the other. */
export function twinOf(a: Live, b: Live, { step, sha256 }: Compared, eventsMade: number): Twin {
  let last = { step, sha256, at: performance.now(), took: 0 };
  let equal = true;
  const course = ({ session }: Live) => JSON.stringify(session.run.events.slice(eventsMade));
  return {
    live: b,
    async compare(now) {
      const isDue =
        performance.now() - last.at > Math.max(between, last.took / shareForComparing - last.took);
      const stand = a.session.run.step;
      if (!equal || a.ended || b.ended || stand === last.step || !(now || isDue)) return;
      if (stand !== b.session.run.step || course(a) !== course(b)) return;
      const began = performance.now();
      const compared = await compare(a, b.session);
      equal = compared.equal;
      last = { ...compared, at: performance.now(), took: performance.now() - began };
      a.send({ type: "compared", compared });
    },
  };
}

/** Compares all that decides how the runs go on. */
async function compare({ session }: Live, other: Session): Promise<Compared> {
  const { images, step } = session.run;
  const sha256 = await session.sound(fingerprintOf(session.run));
  const equal = sha256 === (await other.sound(fingerprintOf(other.run)));
  return { images, step, sha256, equal };
}

const twinName = (name: string, images: number): string =>
  `${shortened(name.replace(/, twin from \d+ images$/, ""), 80)}, twin from ${images} images`;
