// Named float tensors as one file that other tools read: safetensors, of F32 or F64.
// Layout: 8 bytes of header length (little endian), a JSON header padded with spaces, then the numbers.

import { Trouble } from "../../gan/errors.ts";
import { quoted } from "../../gan/untrusted.ts";

export interface NamedTensor<Values extends Float32Array | Float64Array = Float32Array> {
  shape: readonly number[];
  values: Values;
}

const types = { F32: Float32Array, F64: Float64Array } as const;
type Type = keyof typeof types;
type ValuesOf<T extends Type> = InstanceType<(typeof types)[T]>;

/** Headers may be as long as this: ten thousand names, many times those of the largest run. */
const mostHeaderBytes = 2 ** 20;

/**
 * The bytes of a safetensors file.
 * @param metadata words for other tools, under `__metadata__`
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor<Float32Array | Float64Array>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { ["__metadata__"]: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    const dtype: Type = values instanceof Float32Array ? "F32" : "F64";
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + offset).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let at = start;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/**
 * The tensors of a safetensors file whose numbers are all of one type.
 * @throws Trouble when the file is damaged, or holds another type
 */
export function readSafetensors<T extends Type = "F32">(
  file: Uint8Array,
  type: T = "F32" as T,
): Map<string, NamedTensor<ValuesOf<T>>> {
  if (file.length < 8) throw damaged("it is shorter than its header's length");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > mostHeaderBytes || 8 + length > file.length)
    throw damaged("its header is longer than the file, or than any run's");
  const data = file.subarray(8 + length);
  const tensors = new Map<string, NamedTensor<ValuesOf<T>>>();
  let end = 0; // of the tensor before: each begins there, so that a small file can't hold many large tensors
  for (const { name, shape, offsets } of parseHeader(file.subarray(8, 8 + length), type)) {
    const [from, to] = offsets;
    const bytes = shape.reduce((product, size) => product * size, types[type].BYTES_PER_ELEMENT);
    if (from !== end || to > data.length || to - from !== bytes)
      throw damaged(`tensor ${quoted(name)} does not fit into the file`);
    const copy = new Uint8Array(data.subarray(from, to)); // not slice: of Node's Buffer that is no copy
    tensors.set(name, { shape, values: new types[type](copy.buffer) as ValuesOf<T> });
    end = to;
  }
  if (end !== data.length) throw damaged("it holds numbers that belong to no tensor");
  return tensors;
}

interface Entry {
  name: string;
  shape: number[];
  /** First byte of its numbers, and the first after them, from the end of the header. */
  offsets: [number, number];
}

/** The entries of a header, in the order of their numbers. */
function parseHeader(bytes: Uint8Array, type: Type): Entry[] {
  const entries = Object.entries(parseJson(bytes)).filter(([name]) => name !== "__metadata__");
  return entries
    .map(([name, entry]): Entry => {
      if (name === "__proto__") throw damaged(`a tensor can't be named ${quoted(name)}`);
      if (typeof entry !== "object" || entry === null)
        throw damaged(`tensor ${quoted(name)} is not described`);
      const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
      if (dtype !== type) throw damaged(`tensor ${quoted(name)} is not of type ${type}`);
      if (!isWholeNumbers(shape) || shape.length > 8 || !isWholeNumbers(offsets) || offsets.length !== 2)
        throw damaged(`tensor ${quoted(name)} has no proper shape or place`);
      return { name, shape, offsets: offsets as [number, number] };
    })
    .sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
}

function parseJson(bytes: Uint8Array): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged("its header is not JSON", cause);
  }
  if (typeof header !== "object" || header === null) throw damaged("its header is not a list of tensors");
  return header;
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => Number.isSafeInteger(number) && number >= 0);
}

function damaged(why: string, cause?: unknown): Trouble {
  return new Trouble(`The weights can't be read: ${why}.`, "Use another copy of the file.", { cause });
}
