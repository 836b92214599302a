// Everything the page knows about its run. Reports come in through `receive`, and nothing else writes.

import { SvelteSet } from "svelte/reactivity";
import {
  checkValue,
  keys,
  phases,
  defaults,
  type Command,
  type Config,
  type Engine,
  type EngineName,
  type FlipEvent,
  type Key,
  type Moment,
  type Progress,
  type Report,
  type Side,
  type Value,
} from "../../worker/protocol.ts";
import { AlarmWatch } from "../alarms/watch.svelte.ts";
import { type Begin, waitFor } from "./beginning.ts";
import { atStart, isAtStart, nearestPreset, troubleOf } from "./draft.ts";
import { Exports, type ExportsReport, isOfExports } from "./exports.svelte.ts";
import { divergence, faultOf, type Fault } from "../words/faults.ts";
import { History } from "./history.svelte.ts";
import { isOfKeeping, Keeping, type KeepingReport } from "./keeping.svelte.ts";
import { Narrator } from "../words/narrator.ts";
import { Persistence } from "./persistence.svelte.ts";
import { Plan } from "./plan.svelte.ts";
import { Proposal } from "./proposal.svelte.ts";
import { settingsAfter } from "../words/rescue.ts";
import { type Drawn, isDrawn, Showing } from "./showing.svelte.ts";
import { isOfTwins, Twins, type TwinsReport } from "./twins.svelte.ts";

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
  readonly awaited = new SvelteSet<Key>();
  progress = $state.raw<Progress>();
  announcement = $state("");
  /** What was asked for last, and how the run that is live began, or is to. */
  #begun = $state.raw<Begin>();
  beginning = $derived(this.#begun?.type ?? "start");

  readonly history = new History();
  readonly persistence = new Persistence(globalThis.navigator?.storage);
  readonly showing = new Showing((command) => this.#send(command));
  readonly proposal = new Proposal(this);
  readonly plan = new Plan((command) => this.#send(command));
  readonly exports: Exports;
  readonly keeping: Keeping;
  readonly twins = new Twins((command) => this.#send(command));
  readonly alarms = new AlarmWatch(this.history, this.twins);
  images = $derived(this.progress?.images ?? 0);
  /** Whether there is a run whose settings can change. */
  live = $derived(["paused", "training", "finished"].includes(this.status));
  /** Whether it has a past to go back to. One that diverged does. */
  hasPast = $derived(this.live || this.status === "diverged");
  /** Settings of the run, or of those of a pair, that a change is made in. */
  aimed = $derived.by(() => this.twins.aimed(this.running));
  /** The settings to show: the run's where the run can change them, else those of the next run. */
  settings = $derived(this.live && this.aimed[0] ? { ...this.aimed[0], ...atStart(this.draft) } : this.draft);
  phases = $derived(phases(this.running ?? this.draft));
  /** What the samples on screen wait for. */
  waiting = $derived.by(() => {
    if (this.status === "starting") return waitFor[this.beginning];
    return this.showing.stale ? "Drawing samples" : undefined;
  });
  /** Settings that differ between this run and the next. */
  pending = $derived(keys.filter((key) => this.running && this.draft[key] !== this.running[key]));
  /** What keeps the draft from being run. */
  draftTrouble = $derived.by(() => troubleOf(this.draft));

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
    const onsave = () => this.persistence.saving();
    this.exports = new Exports(send, save, onsave);
    this.keeping = new Keeping(send, onsave);
  }

  /** Sets up a run with the draft's settings, and ends the one before. */
  start(engine = this.#enginePreference): void {
    const { next, nextTwin: twin } = this.plan;
    this.#ask({ type: "start", config: this.draft, planned: [...next], twin, engine });
  }

  /** The same with some settings changed. */
  startWith(change: Partial<Config>): void {
    this.draft = { ...this.draft, ...change };
    this.start();
  }

  /** Takes up a run that is kept, or one in a file. */
  open(from: Extract<Begin, { type: "open" }>["from"], engine = this.#enginePreference): void {
    this.#ask({ type: "open", from, engine });
  }

  /** Begins a run of its own at a moment of this one's past, with some settings changed there. */
  branch({ step, eventsMade }: Moment, change: Partial<Config> = {}, of?: Side): void {
    const changes = keys.flatMap((key) => (key in change ? [{ key, value: change[key]! }] : []));
    this.#ask({ type: "branch", at: { step, eventsMade }, of, changes, engine: this.#enginePreference });
  }

  /** Does what was refused because the run that is open can't be saved. */
  beginAnyway(): void {
    if (this.twins.ending) this.twins.keep(this.twins.ending, true);
    else if (this.#begun) this.#ask({ ...this.#begun, anyway: true });
  }

  #ask(command: Begin): void {
    this.#enginePreference = command.engine;
    this.proposal.decline();
    this.fault = undefined;
    if (this.status !== "starting") this.#statusBefore = this.status;
    this.status = "starting";
    this.#begun = command;
    this.keeping.rest();
    this.twins.refused();
    this.#send(command);
  }

  /**
   * Changes a setting: of the run if it can change there, else of the next run.
   * @throws Trouble when the setting takes no such value
   */
  change(key: Key, value: Value): void {
    const checked = checkValue(key, value);
    if (!this.live || isAtStart(key)) this.draft = { ...this.draft, [key]: checked };
    else if (this.awaited.has(key) || this.aimed.some((config) => checked !== config[key]))
      this.#askFlip(key, checked);
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
    return this.status === "training" ? this.pause() : this.train();
  }

  step(count: number | "tick", only?: "D" | "G"): void {
    if (this.status === "paused") this.#send({ type: "step", count, only });
  }

  dismissFault(): void {
    this.fault = undefined;
  }

  /** The only way the worker's news becomes page state. */
  receive(report: Report): void {
    if (isDrawn(report)) this.showing.receive(report, this.history);
    else if (isOfExports(report)) this.exports.receive(report);
    else if (isOfKeeping(report)) this.keeping.receive(report);
    else if (isOfTwins(report)) this.#takeOfTwins(report);
    else this.#take(report);
    this.alarms.hear(report);
    this.announcement = this.#narrator.tell(report, this) ?? this.announcement;
  }

  #takeOfTwins(report: TwinsReport): void {
    this.twins.receive(report, this.history);
    if (report.type === "forked") this.plan.forked();
    if (report.type === "twin" && report.report.type === "flipped")
      this.awaited.delete(report.report.event.key);
    if (this.twins.over) this.status = "diverged";
  }

  #take(report: Exclude<Report, Drawn | ExportsReport | KeepingReport | TwinsReport>): void {
    switch (report.type) {
      case "engine":
        this.engine = report.engine;
        break;
      case "started":
        this.#begin(report);
        break;
      case "training":
        this.#turn("training");
        break;
      case "paused":
        this.#turn(report.because === "finished" ? "finished" : "paused");
        break;
      case "progress":
        this.progress = report.progress;
        if (this.running) this.plan.passed(report.progress, this.running);
        // Of a run that is taken up nobody else says so.
        if (this.status === "paused" && this.images >= (this.running?.images ?? Infinity))
          this.status = "finished";
        break;
      case "stats":
        this.history.addRow(report.row);
        break;
      case "flipped":
        this.#flip(report.event);
        break;
      case "frame":
        this.history.addFrame(report.frame);
        break;
      case "diverged":
        this.fault = divergence(report);
        this.twins.stop("A", this.fault);
        if (this.twins.over) this.status = "diverged";
        break;
      case "failed":
        this.#fail(faultOf(report, this.status === "starting"), report);
        break;
      default:
        report satisfies never;
    }
  }

  /** While another run is set up, this is news of the run that goes on if that is refused. */
  #turn(status: Status): void {
    if (this.status === "starting") this.#statusBefore = status;
    else this.status = status;
  }

  #begin({ run, config, columns, planned, twin, past }: Extract<Report, { type: "started" }>): void {
    [this.status, this.running, this.progress] = ["paused", config, undefined];
    this.awaited.clear();
    if (this.twins.ending) this.#begun = undefined; // B of a pair: nothing was begun
    this.twins.begin(run);
    this.keeping.begin(run, this.beginning === "open");
    this.history.begin(past);
    this.plan.begin(past && planned, twin);
    this.showing.begin(columns);
    if (past) {
      this.draft = config; // nothing of the run is changed by what the page was set to
      if (this.beginning === "open") this.preset = nearestPreset(settingsAfter(0, config, past.events));
    }
    // What was changed while the run was being set up.
    for (const key of this.pending) if (!isAtStart(key)) this.#askFlip(key, this.draft[key]);
  }

  #askFlip(key: Key, value: Value): void {
    this.awaited.add(key);
    this.#send({ type: "flip", key, value, ...(this.twins.card && { of: this.twins.aim }) });
  }

  #flip(event: FlipEvent): void {
    const { key, to } = event;
    this.history.addEvent(event);
    this.plan.made(event);
    if (this.running) this.running = { ...this.running, [key]: to };
    this.draft = { ...this.draft, [key]: to };
    this.awaited.delete(key);
    // Raising the total gives a finished run images to go on with.
    if (key === "images" && this.status === "finished" && Number(to) > this.images) this.status = "paused";
  }

  #fail(fault: Fault, { live, id }: { live: boolean; id?: number }): void {
    this.fault = fault;
    if (fault.kind === "flip") this.awaited.clear();
    if (["flip", "open"].includes(fault.kind)) this.twins.refused();
    if (fault.kind === "export") this.exports.fail(id);
    if (["flip", "export", "runs"].includes(fault.kind)) return;
    this.keeping.rest();
    if (!live) this.status = "failed";
    // What was asked for is not done, and the run before goes on.
    else if (this.status === "starting") this.status = this.#statusBefore;
  }
}
