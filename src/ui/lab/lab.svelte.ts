// The lab's state: which experiments are recorded, the one that is shown, and the cursor in it.

import { type Card, Trouble, type Notice } from "../../worker/protocol.ts";
import { type AlarmMark, marksOf as marksOfAlarms } from "../alarms/marks.ts";
import { alarmsOf } from "./alarms.ts";
import { loadCards, type Loaded, loadRecording } from "./load.ts";
import { marksOf, stopsOf } from "./marks.ts";
import { Player } from "./player.svelte.ts";

export class Lab {
  /** All experiments, once they are known. */
  cards = $state.raw<readonly Card[]>();
  /** Name of the one that was asked for; the one before is shown until it has come. */
  asked = $state<string>();
  loaded = $state.raw<Loaded>();
  /** Why nothing new can be shown. */
  fault = $state.raw<Notice>();
  readonly player = new Player();

  card = $derived(this.cards?.find(({ name }) => name === this.loaded?.name));
  marks = $derived(this.loaded ? marksOf(this.loaded.recording) : []);

  alarmsOf = $derived(this.loaded ? alarmsOf(this.loaded.recording) : []);
  /** As marks, and what is done when one is activated. */
  alarms = $derived({ marks: marksOfAlarms(this.alarmsOf), goTo: (mark: AlarmMark) => this.#goTo(mark) });
  /** The alarm whose evidence was asked for, anew each time. */
  chosen = $state.raw<Pick<AlarmMark, "id">>();

  /** @param autoplay whether pictures may move by themselves */
  constructor(private readonly autoplay: () => boolean) {}

  /** Gets the list, then an experiment: the one of that name, else the first. */
  async open(name?: string): Promise<void> {
    await this.#faulty(async () => {
      this.cards ??= await loadCards();
      const [first] = this.cards;
      const card = this.cards.find((each) => each.name === name) ?? first;
      if (card) await this.show(card);
    });
  }

  /** Shows an experiment from its beginning. If others are asked for meanwhile, the last one counts. */
  async show(card: Card): Promise<void> {
    this.asked = card.name;
    await this.#faulty(async () => {
      const loaded = this.loaded?.name === card.name ? this.loaded : await loadRecording(card);
      if (this.asked !== card.name) return;
      this.fault = undefined;
      [this.loaded, this.chosen] = [loaded, undefined];
      this.player.show(stopsOf(loaded.recording));
      if (this.autoplay()) this.player.play();
    });
  }

  #goTo({ id, images }: AlarmMark): void {
    this.player.seekImages(images);
    this.chosen = { id };
  }

  async #faulty(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.fault = { message: error.message, remedy: error.remedy };
    }
  }
}
