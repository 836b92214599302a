// Everything the page knows about its run. Reports come in through `receive`, and nothing else writes.

import {
  checkConfig,
  checkValue,
  keys,
  phases,
  defaults,
  rules,
  type Command,
  type Config,
  type Engine,
  type EngineName,
  type FlipEvent,
  type Grid,
  type Key,
  type Moment,
  type PlannedFlip,
  type Progress,
  type Report,
  type Value,
  type Weights,
} from "../worker/protocol.ts";
import { Exports } from "./exports.svelte.ts";
import { atStart, troubleOf } from "./draft.ts";
import { divergence, faultOf, type Fault } from "./faults.ts";
import { count } from "./format.ts";
import { History } from "./history.svelte.ts";
import { isOfKeeping, Keeping, type KeepingReport } from "./keeping.svelte.ts";
import { Narrator } from "./narrator.ts";
import { Plan } from "./plan.svelte.ts";

/** What the run is doing. `starting` lasts until the worker says the run is set up. */
export type Status = "starting" | "paused" | "training" | "finished" | "diverged" | "failed";

export class Session {
  status = $state<Status>("starting");
  engine = $state.raw<Engine>();
  fault = $state.raw<Fault>();

  /** The preset that "changed" and "reset" refer to. */
  preset = $state("browser");
  /** Settings of the next run. */
  draft = $state.raw<Config>(defaults);
  /** Settings the run has now; changes count once the worker has made them. */
  running = $state.raw<Config>();
  /** Settings that were sent to the worker and are not yet in force. */
  awaited = $state.raw<ReadonlySet<Key>>(new Set());
  /** A new run that would end this one, until the person says yes or no. */
  proposed = $state.raw<{ draft: Config; preset: string; planned: readonly PlannedFlip[] }>();

  columns = $state(8);
  progress = $state.raw<Progress>();
  samples = $state.raw<{ images: number; alpha: number; weights: Weights; grid: Grid }>();
  reals = $state.raw<{ images: number; grid: Grid }>();
  /** Which G was asked for; `samples.weights` says which one is on screen. */
  weights = $state<Weights>("average");

  readonly history = new History();
  readonly plan: Plan;
  readonly exports: Exports;
  readonly keeping: Keeping;
  announcement = $state("");

  /** The samples on screen belong to the run before. */
  #stale = $state(false);

  images = $derived(this.progress?.images ?? 0);
  /** Whether there is a run whose settings can change. */
  live = $derived(["paused", "training", "finished"].includes(this.status));
  /** The settings to show: the run's where the run can change them, else those of the next run. */
  settings = $derived(this.live && this.running ? { ...this.running, ...atStart(this.draft) } : this.draft);
  phases = $derived(phases(this.running ?? this.draft));
  waiting = $derived(
    this.status === "starting" ? "Setting up the run" : this.#stale ? "Drawing samples" : undefined,
  );
  /** Settings that differ between this run and the next. */
  pending = $derived(keys.filter((key) => this.running && this.draft[key] !== this.running[key]));
  /** What keeps the draft from being run. */
  draftTrouble = $derived.by(() => troubleOf(() => checkConfig({ ...this.draft })));

  /** Of the run that goes on if the next start is refused. */
  #statusBefore: Status = "failed";
  #enginePreference: "auto" | EngineName;
  #narrator = new Narrator();
  readonly #send: (command: Command) => void;

  /**
   * @param send takes commands to the worker
   * @param save hands a finished file to the person
   * @param engine to train on, until another is asked for
   */
  constructor(
    send: (command: Command) => void,
    save: (name: string, file: Blob) => void,
    engine: "auto" | EngineName = "auto",
  ) {
    this.#send = send;
    this.#enginePreference = engine;
    this.exports = new Exports(send, save);
    this.plan = new Plan(send);
    this.keeping = new Keeping(send);
  }

  /** Sets up a run with the draft's settings, and ends the one before. */
  start(engine = this.#enginePreference): void {
    this.#enginePreference = engine;
    this.proposed = undefined;
    this.fault = undefined;
    if (this.status !== "starting") this.#statusBefore = this.status;
    this.status = "starting";
    this.#send({ type: "start", config: this.draft, planned: [...this.plan.next], engine });
  }

  /** Takes up a run that is kept, or one in a file. */
  open(from: Extract<Command, { type: "open" }>["from"], engine = this.#enginePreference): void {
    this.#begun({ type: "open", from, engine });
  }

  /** Begins a run of its own at a moment of this one's past. */
  branch(at: Moment, changes: { key: Key; value: Value }[] = []): void {
    this.#begun({ type: "branch", at, changes, engine: this.#enginePreference });
  }

  #begun(command: Extract<Command, { type: "open" | "branch" }>): void {
    this.proposed = undefined;
    this.fault = undefined;
    this.#enginePreference = command.engine;
    if (this.status !== "starting") this.#statusBefore = this.status;
    this.status = "starting";
    this.#send(command);
  }

  /** What usually helps a run that diverged. */
  startWithHalfTheLearningRate(): void {
    const { learningRateG, learningRateD } = this.running ?? this.draft;
    this.draft = { ...this.draft, learningRateG: learningRateG / 2, learningRateD: learningRateD / 2 };
    this.start();
  }

  /** Makes a new run with other settings; asks first if that would end a run that has seen images. */
  propose(change: Partial<Config>, preset = this.preset, planned = this.plan.next): void {
    this.proposed = { draft: { ...this.draft, ...change }, preset, planned };
    if (this.images === 0 || this.status === "failed") this.accept();
  }

  /**
   * The same for one setting.
   * @throws Trouble when the setting takes no such value
   */
  proposeSetting(key: Key, value: Value): void {
    this.propose({ [key]: checkValue(key, value) });
  }

  accept(): void {
    if (!this.proposed) return;
    ({ draft: this.draft, preset: this.preset, planned: this.plan.next } = this.proposed);
    this.start();
  }

  decline(): void {
    this.proposed = undefined;
  }

  /**
   * Changes a setting: of the run if it can change there, else of the next run.
   * @throws Trouble when the setting takes no such value
   */
  change(key: Key, value: Value): void {
    const checked = checkValue(key, value);
    if (!this.#canFlip(key)) this.draft = { ...this.draft, [key]: checked };
    else if (checked !== this.running?.[key] || this.awaited.has(key)) this.#askFlip(key, checked);
  }

  /** Lets the next run have the settings of this one. */
  discardDraft(): void {
    if (this.running) this.draft = this.running;
  }

  train(): void {
    if (this.status === "paused") this.#send({ type: "train" });
  }

  pause(): void {
    if (this.status === "training") this.#send({ type: "pause" });
  }

  toggle(): void {
    if (this.status === "training") this.pause();
    else this.train();
  }

  step(count: number | "tick", only?: "D" | "G"): void {
    if (this.status === "paused") this.#send({ type: "step", count, only });
  }

  show(weights: Weights): void {
    this.weights = weights;
    this.#send({ type: "show", weights });
  }

  dismissFault(): void {
    this.fault = undefined;
  }

  /** The only way the worker's news becomes page state. */
  receive(report: Report): void {
    if (isOfKeeping(report)) this.keeping.receive(report);
    else this.#take(report);
    this.announcement = this.#narrator.tell(report, this) ?? this.announcement;
  }

  #take(report: Exclude<Report, KeepingReport>): void {
    switch (report.type) {
      case "engine":
        this.engine = report.engine;
        break;
      case "started":
        this.#begin(report);
        break;
      case "training":
        // News of the run before may arrive while the next one is set up.
        if (this.status !== "starting") this.status = "training";
        break;
      case "paused":
        if (this.status !== "starting") this.status = report.because === "finished" ? "finished" : "paused";
        break;
      case "progress":
        this.progress = report.progress;
        if (this.running) this.plan.passed(report.progress, this.running);
        break;
      case "stats":
        this.history.addRow(report.row);
        break;
      case "flipped":
        this.#flip(report.event);
        break;
      case "samples":
        this.samples = report;
        this.#stale = false;
        break;
      case "reals":
        this.reals = { images: report.images, grid: report.grid };
        break;
      case "frame":
        this.history.addFrame(report.frame);
        break;
      case "diverged":
        this.status = "diverged";
        this.fault = divergence(count(report.step), report.tensor);
        break;
      case "failed":
        this.#fail(faultOf(report.during, report.error, this.status === "starting"), report);
        break;
      case "exporting":
      case "exported":
      case "cancelled":
        this.exports.receive(report);
        break;
      default:
        report satisfies never;
    }
  }

  #begin({ run, config, columns, planned, past }: Extract<Report, { type: "started" }>): void {
    this.status = "paused";
    this.running = config;
    this.columns = columns;
    this.awaited = new Set();
    this.progress = undefined;
    this.keeping.begin(run);
    this.history.begin(past);
    if (past) this.draft = config;
    this.plan.begin(past && planned);
    this.#stale = this.samples !== undefined;
    if (this.weights === "raw") this.#send({ type: "show", weights: "raw" });
    // What was changed while the run was being set up.
    for (const key of this.pending) if (this.#canFlip(key)) this.#askFlip(key, this.draft[key]);
  }

  #canFlip(key: Key): boolean {
    return this.live && rules[key].when !== "start";
  }

  #askFlip(key: Key, value: Value): void {
    this.awaited = new Set(this.awaited).add(key);
    this.#send({ type: "flip", key, value });
  }

  #flip(event: FlipEvent): void {
    const { key, to } = event;
    this.history.addEvent(event);
    this.plan.made(event);
    if (this.running) this.running = { ...this.running, [key]: to };
    this.draft = { ...this.draft, [key]: to };
    this.awaited = new Set([...this.awaited].filter((awaited) => awaited !== key));
    // Raising the total gives a finished run images to go on with.
    if (key === "images" && this.status === "finished" && Number(to) > this.images) this.status = "paused";
  }

  #fail(fault: Fault, { live, id }: { live: boolean; id?: number }): void {
    this.fault = fault;
    if (fault.kind === "flip") this.awaited = new Set();
    else if (fault.kind === "export") this.exports.fail(id);
    else if (!live) this.status = "failed";
    // What was asked for is not done, and the run before goes on.
    else if (this.status === "starting") this.status = this.#statusBefore;
  }
}
