// Fetches recordings and the list of them, from the page's own folder. What comes may be cut, stale or not there.

import {
  type Card,
  checkStripHead,
  type ReadRecording,
  readCards,
  readRecording,
  recordingName,
  Trouble,
} from "../../worker/protocol.ts";

/** A recording with its pictures, ready to be drawn. */
export interface Loaded {
  name: string;
  recording: ReadRecording;
  strips: ReadonlyMap<string, ImageBitmap>;
}

/** More bytes than any of the files has. */
const mostBytes = 8e6;

/** What the lab has to show. @throws Trouble when the list can't be had, or is damaged */
export async function loadCards(): Promise<readonly Card[]> {
  return readCards(new TextDecoder().decode(await get("index.json")));
}

/** The recording of a card, with its pictures. @throws Trouble when a file can't be had, or is damaged */
export async function loadRecording({ name, files }: Card): Promise<Loaded> {
  // The card names the files, so that all are asked for at once.
  const [json, ...pictures] = await Promise.all(
    [recordingName, ...files].map((file) => get(`${name}/${file}`)),
  );
  const recording = readRecording(new TextDecoder().decode(json));
  const strips = new Map<string, ImageBitmap>();
  for (const [file, size] of recording.strips) {
    const bytes = pictures[files.indexOf(file)];
    if (!bytes) throw damaged(`${file} is not on its card`);
    checkStripHead(file, bytes, size);
    strips.set(file, await unfold(file, bytes));
  }
  return { name, recording, strips };
}

async function unfold(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  } catch {
    throw damaged(`${file} is no picture`);
  }
}

async function get(path: string): Promise<Uint8Array<ArrayBuffer>> {
  let why: string;
  try {
    const response = await fetch(new URL(`lab/${path}`, document.baseURI));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok && bytes.length <= mostBytes) return bytes;
    why = response.ok ? `it has ${bytes.length} bytes` : `the server answers ${response.status}`;
  } catch (error) {
    why = (error as Error).message;
  }
  throw new Trouble(
    `The recorded file ${path} can't be loaded: ${why}.`,
    "Reload the page, or set up a run of your own.",
  );
}

const damaged = (what: string) =>
  new Trouble(`This recording is damaged: ${what}.`, "Reload the page, or choose another experiment.");
