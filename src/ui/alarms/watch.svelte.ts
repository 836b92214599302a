// The alarms of the run that is live, and of its twin: found anew as it is measured, and each told once.

import type {
  Alarm,
  AlarmName,
  FlipEvent,
  PastCensus,
  Report,
  Side,
  StatsRow,
} from "../../worker/protocol.ts";
import type { AlarmMark, AlarmMarks } from "./marks.ts";

/** What is remembered of a run, each in the order of steps. */
export interface Remembered {
  censuses: readonly PastCensus[];
  rows: readonly StatsRow[];
  events: readonly FlipEvent[];
}

/** Where what is remembered of the run is kept. */
interface Kept extends Omit<Remembered, "rows"> {
  series: Pick<Remembered, "rows">;
  /** Looks at the moment nearest to so many images. */
  reviewAt(images: number): void;
}

/** The same of B, whose past begins with what it shares with A, up to `from` images. */
interface KeptOfTwin {
  remembered: (Remembered & { from: number }) | undefined;
}

/** Finding them takes some ms, and rows of statistics come four times a second. */
const paceMs = 2_000;

export class AlarmWatch implements AlarmMarks {
  ofRun = $state.raw<readonly Alarm[]>([]);
  /** Those of B. */
  ofTwin = $state.raw<readonly Alarm[]>([]);
  marks = $state.raw<readonly AlarmMark[]>([]);
  /** The one whose evidence was asked for, anew each time. */
  chosen = $state.raw<Pick<AlarmMark, "id">>();
  /** What has sounded since it was last said. */
  news = $state("");
  on = $derived([...this.ofRun, ...this.ofTwin].filter(({ ended }) => ended === undefined).length);

  /** Those that were on when last was looked. */
  readonly #told = new Set<AlarmName>();
  readonly #toldOfTwin = new Set<AlarmName>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = -Infinity;

  constructor(
    private readonly run: Kept,
    private readonly twin: KeptOfTwin,
  ) {}

  /** Looks for alarms soon, where the report says something that may make one sound, or end it. */
  hear(report: Report): void {
    if (report.type === "started") this.#begin(report.past !== undefined);
    else if (isMeasured(report)) this.#look();
  }

  /** Takes the cursor to a mark, and shows the evidence. */
  goTo = ({ id, images }: AlarmMark): void => {
    this.run.reviewAt(images);
    this.chosen = { id };
  };

  #begin(hasPast: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const told of [this.#told, this.#toldOfTwin]) told.clear();
    [this.ofRun, this.ofTwin, this.marks, this.news] = [[], [], [], ""];
    if (hasPast) this.#look();
  }

  #look(): void {
    const wait = Math.max(0, this.#lastMs + paceMs - performance.now());
    this.#timer ??= setTimeout(() => void this.#find(), wait);
  }

  async #find(): Promise<void> {
    this.#lastMs = performance.now();
    const found = await import("./find.ts").catch(() => undefined); // offline, say: the next look tries again
    this.#timer = undefined;
    if (!found) return;
    const { alarmsIn, marksOf, momentsOf, newsOf } = found;
    const alarmsOf = ({ censuses, rows, events }: Remembered) =>
      alarmsIn({ rows, events, censuses: momentsOf(censuses) });
    const { series, censuses, events } = this.run;
    const twin = this.twin.remembered;
    this.ofRun = alarmsOf({ rows: series.rows, censuses, events });
    // What was over when B was forked off is A's alone to show.
    this.ofTwin = twin ? alarmsOf(twin).filter(({ ended = Infinity }) => ended > twin.from) : [];
    this.marks = marksOf([
      { side: twin ? "A" : "", alarms: this.ofRun },
      { side: "B", alarms: this.ofTwin },
    ]);
    this.#tell(newsOf, twin ? "A" : "", this.ofRun);
    this.#tell(newsOf, "B", this.ofTwin, twin?.from);
  }

  /** @param from what sounded up to there was told of the other run */
  #tell(
    newsOf: (side: string, alarm: Alarm) => string,
    side: "" | Side,
    alarms: readonly Alarm[],
    from = -1,
  ): void {
    const told = side === "B" ? this.#toldOfTwin : this.#told; // of one that has got a twin as before
    const on = alarms.filter(({ ended }) => ended === undefined);
    const fresh = on.filter(({ name, sounded }) => !told.has(name) && sounded > from);
    told.clear();
    for (const { name } of on) told.add(name);
    if (fresh.length > 0) this.news = fresh.map((alarm) => newsOf(side, alarm)).join(" ");
  }
}

const isMeasured = (report: Report): boolean =>
  report.type === "twin"
    ? isMeasured(report.report)
    : ["stats", "census", "forked", "alone"].includes(report.type);
