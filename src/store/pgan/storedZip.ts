// Reads a zip whose files are stored as they are, and checks every byte of them. (fflate would not look at the CRCs.)

import { Trouble } from "../../gan/errors.ts";

/** Layout of a zip (APPNOTE 4.3): where the parts of each record lie, in bytes from its signature. */
const local = { signature: 0x04034b50, bytes: 30, name: 26, extra: 28 };
const central = {
  signature: 0x02014b50,
  bytes: 46,
  method: 10,
  crc: 16,
  packed: 20,
  size: 24,
  name: 28,
  extra: 30,
  comment: 32,
  at: 42,
};
const end = { signature: 0x06054b50, bytes: 22, entries: 10, size: 12, at: 16 };

/**
 * The files of a zip by name, as views into `bytes`.
 * @throws Trouble when it is no such zip, or a file is not what it was when it was stored
 */
export function readStoredZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - end.bytes; // without a comment, the directory's end is the file's
  if (last < 0 || view.getUint32(last, true) !== end.signature) throw damaged("it is not a whole zip");
  const entries = view.getUint16(last + end.entries, true);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(last + end.at, true);
  let total = 0; // of a file of 1 MB, ten thousand entries could name all of it as theirs
  for (let i = 0; i < entries; i++) {
    if (at + central.bytes > last || view.getUint32(at, true) !== central.signature)
      throw damaged("its list of files is broken");
    const length = (field: number) => view.getUint16(at + field, true);
    const next = at + central.bytes + length(central.name) + length(central.extra) + length(central.comment);
    if (next > last) throw damaged("its list of files is broken");
    const name = new TextDecoder().decode(
      bytes.subarray(at + central.bytes).subarray(0, length(central.name)),
    );
    if (files.has(name)) throw damaged("two of its files have the same name");
    const file = content(bytes, view, at);
    total += file.length;
    if (total > bytes.length) throw damaged("two of its files overlap");
    files.set(name, file);
    at = next;
  }
  if (at !== last) throw damaged("its list of files is broken");
  return files;
}

/** The content of the file whose entry in the directory is at `entry`. */
function content(bytes: Uint8Array, view: DataView, entry: number): Uint8Array {
  const size = view.getUint32(entry + central.size, true);
  const stored = view.getUint16(entry + central.method, true) === 0;
  if (!stored || view.getUint32(entry + central.packed, true) !== size)
    throw damaged("a file in it is compressed");
  const header = view.getUint32(entry + central.at, true);
  if (header + local.bytes > bytes.length || view.getUint32(header, true) !== local.signature)
    throw damaged("a file in it is not where it should be");
  const start =
    header +
    local.bytes +
    view.getUint16(header + local.name, true) +
    view.getUint16(header + local.extra, true);
  if (start + size > bytes.length) throw damaged("a file in it is cut short");
  const file = bytes.subarray(start, start + size);
  if (crc32(file) !== view.getUint32(entry + central.crc, true))
    throw damaged("a file in it is not what was saved");
  return file;
}

/** What each byte does to the sum (polynomial 0xEDB88320, lowest bit first). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]!) & 255]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

function damaged(why: string): Trouble {
  return new Trouble(
    `This file is not a checkpoint, or a damaged one: ${why}.`,
    "Choose another file whose name ends in .pgan, or another copy of it.",
  );
}
