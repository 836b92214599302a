// Whether the browser promises to keep what this page stores. It is asked when a person saves something, never before.

const answers = {
  kept: "The browser keeps the runs until you delete them.",
  refused: "The browser makes no promise: it may delete runs when the disk is full. Export what should stay.",
  unknown: "This browser can't be asked. Export what should stay.",
} as const;

export class Persistence {
  /** What the browser answered, once it was asked. */
  answer = $state<keyof typeof answers>();
  said = $derived(this.answer && answers[this.answer]);
  #asked = false;

  /** @param storage of the browser; some have none */
  constructor(private readonly storage: Partial<Pick<StorageManager, "persist">> | undefined) {}

  /** Asks now. Some browsers pass the question on to the person. */
  async ask(): Promise<void> {
    this.#asked = true;
    if (!this.storage?.persist) {
      this.answer = "unknown";
      return;
    }
    this.answer = await this.storage.persist().then(
      (kept) => (kept ? ("kept" as const) : ("refused" as const)),
      () => "unknown" as const,
    );
  }

  /** Something was saved on purpose: asks, the first time. */
  saving(): void {
    if (!this.#asked) void this.ask();
  }
}
