// Seeded random numbers whose whole state is one integer: Philox 4x32-10, a counter-based generator
// (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
// Drawn on the CPU, so that every engine sees the same z.

/** A stream of random numbers. `position` counts blocks of four drawn so far; set it to go back or on. */
export interface Stream {
  position: number;
  /** Fills `out` with whole numbers in [0, 2^32). */
  bits(out: Uint32Array): Uint32Array;
  /** Fills `out` with numbers in [0, 1), of 24 bits each. */
  uniform(out: Float32Array): Float32Array;
  /** Fills `out` with draws from N(0, 1). */
  normal(out: Float32Array): Float32Array;
}

/** The stream for one purpose of a run. Streams of other seeds or purposes are independent of it. */
export function createStream(seed: number, purpose: string, position = 0): Stream {
  const key: [number, number] = [seed >>> 0, hash(purpose)];
  const block = new Uint32Array(4);

  return {
    position,

    bits(out) {
      for (let i = 0; i < out.length; i += 4) {
        const counter = this.position++;
        philox([counter >>> 0, Math.floor(counter / 2 ** 32), 0, 0], key, block);
        out.set(i + 4 <= out.length ? block : block.subarray(0, out.length - i), i);
      }
      return out;
    },

    uniform(out) {
      const bits = this.bits(new Uint32Array(out.length));
      for (let i = 0; i < out.length; i++) out[i] = (bits[i]! >>> 8) * 2 ** -24;
      return out;
    },

    normal(out) {
      const bits = this.bits(new Uint32Array(out.length + (out.length % 2)));
      for (let i = 0; i < out.length; i += 2) {
        // Box-Muller. The first uniform is kept off zero, where the logarithm has no value.
        const radius = Math.sqrt(-2 * Math.log((bits[i]! + 0.5) * 2 ** -32));
        const angle = 2 * Math.PI * (bits[i + 1]! * 2 ** -32);
        out[i] = radius * Math.cos(angle);
        if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
      }
      return out;
    },
  };
}

/** The numbers 0 … count-1 in an order of their own for each seed, purpose and round (Fisher-Yates). */
export function permutation(count: number, seed: number, purpose: string, round = 0): Uint32Array {
  const bits = createStream(seed, `${purpose}/${round}`).bits(new Uint32Array(count));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(bits[i]! * 2 ** -32 * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

const [multiplier0, multiplier1] = [0xd2511f53, 0xcd9e8d57];

/** Writes the four words of block `counter` under `key` (ten rounds). All are whole numbers in [0, 2^32). */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  // No lists in here: they made this a third of the JavaScript of a recorded step.
  for (let round = 0; round < 10; round++) {
    const first = (highWord(multiplier1, c2) ^ c1 ^ k0) >>> 0;
    const second = (highWord(multiplier0, c0) ^ c3 ^ k1) >>> 0;
    c1 = Math.imul(multiplier1, c2) >>> 0;
    c3 = Math.imul(multiplier0, c0) >>> 0;
    c0 = first;
    c2 = second;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The high word of the 64-bit product of two 32-bit words. No sum on the way passes 2^32. */
function highWord(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const carry = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return ((Math.imul(aHigh, bHigh) >>> 0) + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** FNV-1a over the UTF-16 units of a word: a 32-bit name for it. */
function hash(word: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) value = Math.imul(value ^ word.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
