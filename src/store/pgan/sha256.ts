// SHA-256, by the browser's own code where it lends it: pages that are not served securely have none.

/** The hash of `bytes` as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  const digest = subtle
    ? new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
    : (await import("@noble/hashes/sha2.js")).sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The hash of a text in UTF-8. */
export const sha256OfText = (text: string): Promise<string> => sha256(new TextEncoder().encode(text));

/** Whether `word` is such a hash. */
export const isSha256 = (word: unknown): word is string =>
  typeof word === "string" && /^[0-9a-f]{64}$/.test(word);
