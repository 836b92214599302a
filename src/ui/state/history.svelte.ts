// The past of a run in bounded memory: moments of the timeline, changes, statistics, and which moment is looked at.

import {
  addCensus,
  addFrame,
  createSeries,
  type FlipEvent,
  type Frame,
  frameLimit,
  type Past,
  type PastCensus,
  type Report,
  type StatsRow,
} from "../../worker/protocol.ts";

export class History {
  frames = $state.raw<readonly Frame[]>([]);
  /** Frames that had to make room. */
  leftOut = $state(0);
  events = $state.raw<readonly FlipEvent[]>([]);
  readonly series = createSeries();
  /** Counts changes of `series.rows`, which is changed in place. */
  seriesVersion = $state(0);
  /** What samples showed, in order. */
  censuses = $state.raw<readonly PastCensus[]>([]);
  /** The moment under review; undefined: live. */
  reviewed = $state.raw<Frame>();
  /** Its place in `frames`. */
  reviewing = $derived.by(() => (this.reviewed ? this.frames.indexOf(this.reviewed) : undefined));

  addFrame(frame: Frame): void {
    const frames = addFrame(this.frames, frame, frameLimit, this.reviewed);
    this.leftOut += this.frames.length + 1 - frames.length;
    this.frames = frames;
  }

  addRow(row: StatsRow): void {
    this.series.push(row);
    this.seriesVersion += 1;
  }

  /** One that fails its own test is shown with that, and says nothing of the run's past. */
  addCensus(report: Extract<Report, { type: "census" }>): void {
    if (report.census.astray !== undefined) return;
    this.censuses = addCensus(this.censuses, report, report.census);
  }

  addEvent(event: FlipEvent): void {
    this.events = [...this.events, event];
  }

  /** Another run is shown, with its past where it has one. */
  begin(past?: Past & { events: readonly FlipEvent[] }): void {
    this.frames = past?.frames ?? [];
    this.leftOut = 0;
    this.events = past?.events ?? [];
    this.reviewed = undefined;
    this.censuses = past?.censuses ?? [];
    this.series.clear();
    for (const row of past?.rows ?? []) this.series.push(row);
    this.seriesVersion += 1;
  }

  /** Looks at a moment of the past, while training goes on; undefined returns to live. */
  review(index: number | undefined): void {
    this.reviewed = index === undefined ? undefined : this.frames[index];
  }

  /** Looks at the moment nearest to `images`. */
  reviewAt(images: number): void {
    if (this.frames.length > 0) this.review(this.#nearest(images));
  }

  /** Looks at the moment of the change before or after the one under review, from live backwards; stays where there is none. */
  reviewChange(direction: 1 | -1, events: readonly FlipEvent[] = this.events): void {
    const here = this.reviewing ?? this.frames.length;
    const places = events.map(({ images }) => this.#nearest(images)).sort((a, b) => a - b);
    const next = direction > 0 ? places.find((at) => at > here) : places.findLast((at) => at < here);
    if (next !== undefined) this.review(next);
  }

  #nearest(images: number): number {
    const distances = this.frames.map((frame) => Math.abs(frame.images - images));
    return distances.indexOf(Math.min(...distances));
  }

  /** Moves by so many moments, from live backwards. Past the last moment lies live; Infinity is the last moment. */
  reviewBy(moments: number): void {
    const last = this.frames.length - 1;
    const from = this.reviewing ?? last + 1;
    if (moments === Infinity) this.review(last);
    else this.review(from + moments > last ? undefined : Math.max(0, from + moments));
  }
}
