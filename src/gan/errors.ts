// What a person can put right: one sentence on what happened, one on what to do.

/** A fault the person can act on. Everything else is a bug and stays a plain Error. */
export class Trouble extends Error {
  override name = "Trouble";

  /**
   * @param message what happened, with the number expected and the number got
   * @param remedy what to do about it
   */
  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
