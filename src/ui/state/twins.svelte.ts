// What the page knows of a twin: the second run of a pair, how it differs from the first, and whether it still is the same.

import {
  type Command,
  type Compared,
  type Config,
  type FlipEvent,
  type ForkState,
  type Frame,
  isForkState,
  type Key,
  keys,
  type Notice,
  type PlannedTwin,
  type PastCensus,
  type Progress,
  type Report,
  type RunCard,
  type RunReport,
  rules,
  shortHash,
  type Side,
  type StatsRow,
  type Value,
} from "../../worker/protocol.ts";
import type { Remembered } from "../alarms/watch.svelte.ts";
import { Measures } from "../census/measures.svelte.ts";
import type { TwinRows } from "../charts/twin.ts";
import { divergence, type Fault } from "../words/faults.ts";
import { History } from "./history.svelte.ts";
import { Plan } from "./plan.svelte.ts";
import type { Counted } from "./showing.svelte.ts";

const own = ["forked", "levelled", "compared", "twin", "alone"] as const satisfies Report["type"][];
export type TwinsReport = Extract<Report, { type: (typeof own)[number] }>;

/** Whether a report is about twins. */
export const isOfTwins = (report: Report): report is TwinsReport =>
  (own as readonly string[]).includes(report.type);

/** One setting, and the value that B is to have. */
export interface Change {
  key: Key;
  value: Value;
}

export class Twins {
  /** B, where there is one. */
  card = $state.raw<RunCard>();
  /** Settings that B has now. */
  running = $state.raw<Config>();
  /** What comparing all state of both came to: when B was forked off, and the last time. */
  forked = $state.raw<Compared>();
  compared = $state.raw<Compared>();
  /** The state at the fork of the run that a link was made of. */
  sender = $derived(this.card?.pair?.sender);
  samples = $state.raw<Extract<RunReport, { type: "samples" }>>();
  progress = $state.raw<Progress>();
  counted = $state.raw<Counted>();
  readonly measures = new Measures();
  /** Those that diverged. */
  stopped = $state.raw<Partial<Record<Side, Fault>>>({});
  /** Why B could not be saved the last time. */
  unsaved = $state.raw<Extract<RunReport, { type: "unsaved" }>["notice"]>();
  /** Which of them a change of settings is made in. */
  aim = $state<Side | "both">("B");
  /** Which setting B is to differ in when it is forked off; none: in nothing. */
  choice = $state<Key>();
  /** Asked for, and not yet done; or, of a pair that is taken up again, B is yet to come. */
  forking = $state(false);
  taking = $state(false);
  ending = $state.raw<Side>();
  /** Of a pair that was taken up again: what could not be checked, and which one took how many steps again. */
  doubts = $state.raw<readonly string[]>([]);
  levelled = $state.raw<Extract<Report, { type: "levelled" }>>();
  /** Why the run goes on without the twin that it had. */
  left = $state.raw<Notice>();
  /** B's past since the fork. */
  readonly history = new History();
  /** The past they share: its statistics, and its changes. */
  shared = $state.raw<readonly StatsRow[]>([]);
  #made = $state.raw<readonly FlipEvent[]>([]);
  #lastShared = $state.raw<Frame>();
  #counted = $state.raw<readonly PastCensus[]>([]);
  /** Changes that B has yet to make. */
  readonly plan: Plan;

  /** Whether no run of the pair can go on; of a run without a twin, whether it diverged. */
  over = $derived(this.stopped.A !== undefined && (!this.card || this.stopped.B !== undefined));

  /** All that is known of B: what both share, and its own. */
  get remembered(): (Remembered & { from: number }) | undefined {
    if (!this.forked) return undefined;
    const { series, censuses, events } = this.history;
    return {
      censuses: [...this.#counted, ...censuses],
      rows: [...this.shared, ...series.rows],
      events: [...this.#made, ...events],
      from: this.forked.images,
    };
  }

  /** B's part of the charts. */
  charted: TwinRows | undefined = $derived.by(() => {
    if (!this.forked) return undefined;
    const { series, seriesVersion: version, events, censuses: own } = this.history;
    const censuses = [...this.#counted, ...own];
    return { shared: this.shared, rows: series.rows, version, censuses, from: this.forked.images, events };
  });

  /** B as it can be made again: what it has done from the fork on, and is to do. */
  recipe: PlannedTwin | undefined = $derived.by(() => {
    if (!this.forked) return undefined;
    const { images } = this.forked;
    // A change that both made at the very image of the fork is made again after it, in both.
    const before = this.#made.filter((event) => event.images === images);
    const made = [...before, ...this.history.events];
    const planned = [...made.map(({ images, key, to }) => ({ images, key, to })), ...this.plan.coming];
    const { state } = this;
    return { images, planned, ...(state && before.length === 0 && { sender: state }) };
  });

  /** The state that both were in at the fork, as a link tells of it. Pairs of before engines were kept have none. */
  state = $derived.by((): ForkState | undefined => {
    const { sha256, engine } = this.card?.pair ?? {};
    const told = `${engine}:${shortHash(sha256 ?? "")}`;
    return isForkState(told) ? told : undefined;
  });

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {
    this.plan = new Plan(send);
  }

  /** Forks B off the run, with one setting changed or none. */
  fork(change?: Change): void {
    this.forking = true;
    this.send({ type: "fork", changes: change ? [change] : [] });
  }

  /** The same with what was chosen, where there is no twin yet. */
  forkAsChosen(running: Config | undefined): void {
    if (this.card || this.forking || !running) return;
    this.fork(changesFrom(running).find(({ key }) => key === this.choice));
  }

  /** Goes on with one of them alone. */
  keep(side: Side, anyway?: boolean): void {
    this.ending = side;
    this.send({ type: "endTwin", keep: side, anyway });
  }

  /** Settings that B has another value of than A. */
  differences(a: Config | undefined): Key[] {
    const b = this.running;
    return a && b ? keys.filter((key) => a[key] !== b[key]) : [];
  }

  /** The settings of those that a change is made in; of `a`, where there is one run. */
  aimed(a: Config | undefined): Config[] {
    if (!a || !this.running) return a ? [a] : [];
    return [...(this.aim === "B" ? [] : [a]), ...(this.aim === "A" ? [] : [this.running])];
  }

  /** B's samples at a moment of A's past: the last that are kept by then. */
  frameAt(frame: Frame | undefined): Frame | undefined {
    if (!frame || !this.forked || this.#isShared(frame, this.forked)) return frame;
    return this.history.frames.findLast(({ images }) => images <= frame.images) ?? this.#lastShared;
  }

  /** Whether both were one run then. A change that A made at the very step of the fork is its own. */
  #isShared({ step, eventsMade }: Frame, fork: Compared): boolean {
    return step <= fork.step && eventsMade <= this.#made.length;
  }

  /** Another run is live, yet without a twin. @param card of that run */
  begin(card?: RunCard): void {
    const isLeft = this.card && card && this.card.id !== card.id && (this.progress?.step ?? 0) > 0;
    this.#end();
    if (isLeft)
      this.left = {
        message: "The twins were left as they are.",
        remedy: "Continue one of them in Runs, and both come back.",
      };
    this.stopped = {};
    this.taking = card?.pair !== undefined;
  }

  /** What was asked for is not done. */
  refused(): void {
    [this.forking, this.taking, this.ending] = [false, false, undefined];
  }

  stop(side: Side, fault: Fault): void {
    this.stopped = { ...this.stopped, [side]: fault };
  }

  /** @param a A's past so far */
  receive(report: TwinsReport, a: Pick<History, "series" | "censuses" | "events" | "frames">): void {
    switch (report.type) {
      case "forked": {
        const { run, config, planned, compared, eventsMade, taken } = report;
        this.begin();
        [this.card, this.running, this.aim] = [run, config, "B"];
        this.shared = a.series.rows.filter((row) => row.step <= compared.step);
        this.#made = a.events.slice(0, eventsMade);
        this.#lastShared = a.frames.findLast((frame) => this.#isShared(frame, compared));
        this.history.begin(taken?.past);
        this.doubts = taken?.doubts ?? [];
        this.#counted = a.censuses.filter(({ images }) => images <= compared.images);
        this.forked = this.compared = compared;
        this.plan.begin(planned);
        break;
      }
      case "levelled":
        this.levelled = report;
        break;
      case "compared":
        this.compared = report.compared;
        break;
      case "twin":
        this.#hear(report.report);
        break;
      case "alone":
        this.#end();
        this.left = report.notice;
        break;
      default:
        report satisfies never;
    }
  }

  #hear(report: RunReport): void {
    switch (report.type) {
      case "progress":
        this.progress = report.progress;
        if (this.running) this.plan.passed(report.progress, this.running);
        break;
      case "stats":
        this.history.addRow(report.row);
        break;
      case "flipped": {
        const { key, to } = report.event;
        this.history.addEvent(report.event);
        this.plan.made(report.event);
        if (this.running) this.running = { ...this.running, [key]: to };
        break;
      }
      case "samples":
        this.samples = report;
        break;
      case "frame":
        this.history.addFrame(report.frame);
        break;
      case "census":
        this.history.addCensus(report);
        this.counted = report;
        break;
      case "uncounted":
        this.counted = report;
        break;
      case "measured":
        this.measures.hear(report);
        break;
      case "diverged":
        this.stop("B", divergence(report));
        break;
      case "saved":
        this.unsaved = undefined;
        break;
      case "unsaved":
        this.unsaved = report.notice;
        break;
      default:
        report satisfies never;
    }
  }

  #end(): void {
    this.refused();
    [this.card, this.running, this.forked, this.compared] = [undefined, undefined, undefined, undefined];
    [this.samples, this.progress, this.unsaved] = [undefined, undefined, undefined];
    [this.shared, this.counted] = [[], undefined];
    [this.doubts, this.levelled, this.left] = [[], undefined, undefined];
    this.measures.begin();
    this.history.begin();
    this.plan.begin([]);
  }
}

/** What one may want B to differ in: a switch turned, or a penalty taken away. */
export function changesFrom(config: Config): Change[] {
  const penalties: Change[] = [
    ...(config.r1Gamma > 0 ? [{ key: "r1Gamma", value: 0 } as const] : []),
    ...(config.loss === "wgan-gp" && config.gpWeight > 0 ? [{ key: "gpWeight", value: 0 } as const] : []),
  ];
  const switches = keys.filter((key) => rules[key].kind === "switch" && rules[key].when !== "start");
  return [...penalties, ...switches.map((key) => ({ key, value: !config[key] }))];
}
