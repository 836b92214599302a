// What the page knows of keeping runs: which one is live and how safe it is, and those that wait on the disk.

import {
  areOfOne,
  type Command,
  type Notice,
  type Report,
  type RunCard,
  type RunEntry,
  type Storage,
  type Verdict,
} from "../../worker/protocol.ts";

const own = [
  "saved",
  "unsaved",
  "verified",
  "library",
  "replaying",
  "recovering",
  "recovered",
] as const satisfies Report["type"][];
export type KeepingReport = Extract<Report, { type: (typeof own)[number] }>;

/** Whether a report is about keeping runs. */
export const isOfKeeping = (report: Report): report is KeepingReport =>
  (own as readonly string[]).includes(report.type);

/** Where a run was kept, and when. */
export interface Saved {
  step: number;
  at: Date;
}

export class Keeping {
  /** The run that is live. */
  card = $state.raw<RunCard>();
  /** Why the last try to save failed. */
  unsaved = $state.raw<Notice>();
  /** A run was taken up, and whether it is the same run is being found out. */
  checking = $state(false);
  /** What that came to. */
  verdict = $state.raw<Verdict>();
  /** The runs that are kept, once they were asked for, and how much room there is. */
  runs = $state.raw<readonly RunEntry[]>();
  storage = $state.raw<Storage>();
  /** Steps being taken again, on the way to a moment of the past. */
  replaying = $state.raw<{ done: number; total: number }>();
  /** The GPU was lost and is being opened again; then, what that cost. */
  recovering = $state.raw<Notice>();
  recovered = $state.raw<{ step: number; redone: number }>();

  #written = $state.raw<Saved>();
  #offered = $state<string>();
  /** The newest state that is kept of the live run. */
  saved: Saved | undefined = $derived(this.#written ?? this.#listed);
  /** The run of an earlier visit that the person may want to go on with. */
  offer = $derived(this.runs?.find(({ card }) => card.id === this.#offered));

  /**
   * @param send takes commands to the worker
   * @param onsave hears that a person saves something on purpose
   */
  constructor(
    private readonly send: (command: Command) => void,
    private readonly onsave: () => void = () => {},
  ) {}

  get #listed(): Saved | undefined {
    const entry = this.runs?.find(({ card }) => card.id === this.card?.id);
    return entry && { step: entry.step, at: new Date(entry.saved) };
  }

  list(): void {
    this.send({ type: "list" });
  }

  rename(id: string, name: string): void {
    this.onsave();
    this.send({ type: "rename", id, name });
  }

  /** Takes files in, and opens none. */
  takeIn(files: readonly Blob[]): void {
    this.send({ type: "takeIn", files });
  }

  /** Makes a pair of two runs. */
  tie(ids: readonly [string, string]): void {
    this.send({ type: "tie", ids });
  }

  /** A run that was one with this one at their fork, where neither is tied to its twin: of a copy of a pair, the other copy. */
  twinFor({ card }: RunEntry): RunEntry | undefined {
    const runs = this.runs ?? [];
    const isTied = ({ id, pair }: RunCard) =>
      runs.some(({ card }) => card.id === pair?.other && card.pair?.other === id);
    if (!card.pair || isTied(card)) return undefined;
    const { pair } = card;
    return runs.find(({ card }) => card.pair && areOfOne(pair, card.pair) && !isTied(card));
  }

  remove(id: string): void {
    this.send({ type: "remove", id });
  }

  /** Saves the live run now. */
  keep(): void {
    this.send({ type: "keep" });
  }

  /** The offer was taken or turned down. */
  answer(): void {
    this.#offered = undefined;
  }

  dismiss(notice: "unsaved" | "recovered" | "verdict"): void {
    this.#read = { ...this.#read, [notice]: this[notice] };
  }

  /** What was closed by the person, and is not shown again as long as it stays the same. */
  #read = $state.raw<{ unsaved?: Notice; recovered?: object; verdict?: Verdict }>({});

  /** What there is to say of it, unless it was closed. */
  unread<K extends "unsaved" | "recovered" | "verdict">(notice: K): this[K] | undefined {
    return this.#read[notice] === this[notice] ? undefined : this[notice];
  }

  /** Another run is being made live, or that came to nothing. */
  rest(): void {
    [this.checking, this.replaying, this.recovering] = [false, undefined, undefined];
  }

  /** Another run is live. @param opened it was taken up as it was kept */
  begin(card: RunCard, opened: boolean): void {
    this.rest();
    this.card = card;
    [this.#written, this.unsaved, this.verdict, this.recovered] = [
      undefined,
      undefined,
      undefined,
      undefined,
    ];
    this.checking = opened;
    if (opened) this.list(); // a file has become a run
  }

  receive(report: KeepingReport): void {
    switch (report.type) {
      case "saved":
        this.#written = { step: report.step, at: new Date() };
        this.unsaved = undefined;
        break;
      case "unsaved":
        // The same thing said once more is no news.
        if (this.unsaved?.message !== report.notice.message) this.unsaved = report.notice;
        break;
      case "verified":
        this.checking = false;
        this.verdict = report.verdict;
        break;
      case "library":
        this.#takeList(report);
        break;
      case "replaying":
        this.replaying = report;
        break;
      case "recovering":
        this.recovering = report.notice;
        this.recovered = undefined;
        break;
      case "recovered":
        this.recovering = undefined;
        this.recovered = report;
        break;
      default:
        report satisfies never;
    }
  }

  #takeList({ runs, storage }: Extract<KeepingReport, { type: "library" }>): void {
    const last = runs.find(({ card }) => card.id !== this.card?.id);
    if (!this.runs) this.#offered = last?.card.id; // on arrival
    [this.runs, this.storage] = [runs, storage];
    const live = runs.find(({ card }) => card.id === this.card?.id);
    if (live) this.card = live.card; // it may have a new name
  }
}
