// Where a person looks in a recording, and whether it moves on by itself. Everything on the page follows this one cursor.

/** A place to stop at. */
export interface Stop {
  images: number;
  step: number;
}

/** Milliseconds from one stop to the next: samples must not flicker faster than three times a second. */
export const paceMs = 400;

export class Player {
  /** All moments there are pictures of, in order. */
  stops = $state.raw<readonly Stop[]>([]);
  /** Place of the cursor in `stops`. */
  at = $state(0);
  playing = $state(false);

  stop = $derived(this.stops[this.at]);
  ended = $derived(this.at >= this.stops.length - 1);

  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Another recording: its first moment, standing still. */
  show(stops: readonly Stop[]): void {
    this.pause();
    this.stops = stops;
    this.at = 0;
  }

  /** Goes on from the cursor; from the end, once more from the beginning. */
  play(): void {
    if (this.stops.length < 2) return;
    if (this.ended) this.at = 0;
    this.playing = true;
    this.#wait();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.playing = false;
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Moves the cursor, and stays there. Places outside are brought to the nearest. */
  seek(at: number): void {
    this.pause();
    this.at = Math.max(0, Math.min(this.stops.length - 1, Math.round(at)));
  }

  /** Moves it to the stop nearest to `images`. */
  seekImages(images: number): void {
    const distance = (i: number) => Math.abs(this.stops[i]!.images - images);
    let best = 0;
    for (let i = 1; i < this.stops.length; i++) if (distance(i) < distance(best)) best = i;
    this.seek(best);
  }

  /** Moves it to the nearest of `marks` (images shown) on one side; stays where there is none. */
  seekMark(marks: readonly number[], direction: 1 | -1): void {
    const here = this.stop?.images ?? 0;
    const beyond = marks.filter((images) => (images - here) * direction > 0);
    const next = direction > 0 ? Math.min(...beyond) : Math.max(...beyond);
    if (Number.isFinite(next)) this.seekImages(next);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.at += 1;
      if (this.ended) this.pause();
      else this.#wait();
    }, paceMs);
  }
}
