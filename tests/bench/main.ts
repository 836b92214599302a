// The bench itself: every engine in a process of its own, in turn, from the same inputs; then the table.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Trouble } from "../../src/gan/errors.ts";
import { type Remote, type Setup, startProcess } from "./calls.ts";
import { type Case, drawInputs, writeInputs } from "./cases.ts";
import type { Begun } from "./contestant.ts";
import { engines } from "./engines/index.ts";
import { formatMicro, type Micro, type MicroRow } from "./micro/rows.ts";
import type { Options } from "./options.mjs";
import { findPython } from "./python.ts";
import { formatRows, judge, median, type Row } from "./rows.ts";

/** What is written as JSON. */
export interface Report {
  /** What computed: the GPU, and the CPU. */
  device: string;
  /** ISO 8601. */
  date: string;
  node: string;
  quick: boolean;
  rows: Row[];
  micro: MicroRow[];
}

/** Implementation that the others are held against: stock operations throughout, and it runs anywhere. */
const reference = "wasm-plain";

/** Rounds in which engines take turns, and what a turn should last, milliseconds. */
const turns = { full: { rounds: 7, ms: 1500 }, quick: { rounds: 3, ms: 300 } };

/** Steps of which the JavaScript is timed, on an adapter that computes nothing. */
const jsSteps = { full: 300, quick: 7 };

/**
 * Runs the bench.
 * @param peers folder of programs in other languages
 * @throws Trouble when an engine that is there fails, or comes to other losses
 */
export async function main(options: Options, peers: string): Promise<void> {
  if (options.json !== undefined) checkWritable(options.json);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-bench-"));
  const report: Report = {
    device: os.cpus()[0]?.model ?? "unknown CPU",
    date: new Date().toISOString(),
    node: process.version,
    quick: options.quick,
    rows: [],
    micro: [],
  };
  const save = () => {
    if (options.json !== undefined) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  };
  try {
    const python = options.only.some((name) => engines[name]?.runs === "torch") ? findPython() : undefined;
    for (const of of casesOf(options)) {
      report.rows.push(...(await raceOf(of, options, { folder, peers, python, report })));
      save();
    }
    for (const name of options.jsOnly ? [] : microPrograms.filter((name) => options.only.includes(name))) {
      say(`Single convolutions (${name}) ...`);
      report.micro.push(...(await microRows(name, options, folder, report)));
      save();
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${report.device}, ${report.date.slice(0, 10)}, Node ${report.node}\n`);
  if (report.rows.length > 0) console.log(formatRows(report.rows));
  if (report.micro.length > 0) console.log(`\n${formatMicro(report.micro)}`);
  const bad = report.rows.filter((row) => row.lossAgrees === false || row.failed);
  if (bad.length > 0)
    throw new Trouble(
      `${bad.length} of ${report.rows.length} rows do not count.`,
      "Their last column says why; npm test checks the engines one operation at a time.",
    );
}

function casesOf({ resolutions, channels, batch, quick }: Options): Case[] {
  const fades = quick ? [true] : [true, false];
  return resolutions.flatMap((resolution) => fades.map((fade) => ({ resolution, fade, batch, channels })));
}

interface Place {
  folder: string;
  peers: string;
  python?: string;
  report: Report;
}

/** The rows of one case. */
async function raceOf(of: Case, options: Options, place: Place): Promise<Row[]> {
  const names = options.only.filter(
    (name) => name in engines && (!options.jsOnly || engines[name]!.runs === "webgpu"),
  );
  if (names.length === 0) return [];
  const inputs = path.join(place.folder, "inputs.safetensors");
  fs.writeFileSync(inputs, writeInputs(drawInputs(of)));
  const rows = new Map(names.map((engine) => [engine, emptyRow(engine, of)]));
  const setup = { of, inputs, threads: 1, quick: options.quick };
  const js = [process.execPath, path.join(import.meta.dirname, "child.mjs")] as [string, ...string[]];
  const title = `${of.resolution} px, fade ${of.fade ? "on" : "off"}`;

  for (const [engine, row] of rows) {
    if (engines[engine]!.runs !== "webgpu") continue;
    say(`${title}: JavaScript of ${engine} ...`);
    await alone(startProcess(js, { ...setup, engine, adapter: "null" }), row, async (remote) => {
      const { startBytes } = await remote.begin();
      row.jsMsPerStep = await remote.js(options.quick ? jsSteps.quick : jsSteps.full);
      const { kernels, ...figures } = await remote.end();
      Object.assign(row, figures, { startBytes });
      if (options.jsOnly && kernels) console.log(`Kernels of a D and a G step:`, kernels);
    });
  }
  if (options.jsOnly) return [...rows.values()];

  const racing = new Map<string, { remote: Remote; row: Row; begun: Begun; times: number[] }>();
  for (const engine of [reference, ...names.filter((name) => name !== reference)]) {
    const { runs } = engines[engine]!;
    const row = rows.get(engine) ?? emptyRow(engine, of);
    if (runs === "torch" && place.python === undefined) {
      row.note = "not installed: no python3 with PyTorch on the PATH";
      continue;
    }
    say(`${title}: ${engine} begins ...`);
    const command: typeof js =
      runs === "torch" ? [place.python!, path.join(place.peers, "pggan_torch.py")] : js;
    const remote = startProcess(command, { ...setup, engine, adapter: runs === "webgpu" ? "real" : "none" });
    try {
      const begun = await remote.begin();
      Object.assign(row, {
        losses: begun.losses,
        firstStepMs: begun.firstStepMs,
        startBytes: begun.startBytes,
      });
      racing.set(engine, { remote, row, begun, times: [] });
      if (engine === reference) setup.threads = begun.threads ?? 1;
      if (runs === "webgpu") noteDevice(place.report, begun.device);
    } catch (error) {
      fail(row, error);
      remote.stop();
    }
  }
  const first = racing.get(reference);
  if (first && !rows.has(reference)) {
    first.remote.stop(); // it was only asked for its losses
    racing.delete(reference);
  }
  await takeTurns(racing, title, options.quick ? turns.quick : turns.full);
  const losses = first?.begun.losses;
  if (losses) judge([...rows.values()], { engine: reference, losses });
  return [...rows.values()];
}

/** Times all in turn, so that what else the machine does falls on all of them; then ends them. */
async function takeTurns(
  racing: ReadonlyMap<string, { remote: Remote; row: Row; begun: Begun; times: number[] }>,
  title: string,
  { rounds, ms }: { rounds: number; ms: number },
): Promise<void> {
  say(`${title}: ${rounds} rounds ...`);
  const out = new Set<string>();
  const attempt = async (engine: string, row: Row, what: () => Promise<void>) => {
    if (out.has(engine)) return;
    try {
      await what();
    } catch (error) {
      fail(row, error);
      out.add(engine);
    }
  };
  for (let round = 0; round < rounds; round++)
    for (const [engine, { remote, row, begun, times }] of racing)
      await attempt(engine, row, async () => {
        const steps = Math.min(300, Math.max(1, Math.round(ms / begun.stepMs)));
        times.push(await remote.time(steps));
      });
  for (const [engine, { remote, row, times }] of racing) {
    await attempt(engine, row, async () => {
      const { dispatchesPerStep, peakBytes } = await remote.end();
      row.dispatchesPerStep ??= dispatchesPerStep;
      row.peakBytes = peakBytes;
      row.msPerStep = median(times);
      row.imagesPerSec = (1000 * row.batch) / row.msPerStep;
    });
    remote.stop();
  }
}

/** Programs that measure single convolutions: on WebGPU and on WASM. */
const microPrograms = ["micro", "micro-wasm"] as const;

async function microRows(
  name: (typeof microPrograms)[number],
  options: Options,
  folder: string,
  report: Report,
): Promise<MicroRow[]> {
  const command: [string, string] = [process.execPath, path.join(import.meta.dirname, `${name}.mjs`)];
  const of = { resolution: 8, fade: false, batch: 4, channels: 4 };
  const setup: Setup = {
    engine: name,
    of,
    inputs: folder,
    adapter: name === "micro" ? "real" : "none",
    threads: 1,
    quick: options.quick,
  };
  const remote = startProcess(command, setup);
  try {
    const { device, rows } = (await remote.begin()) as unknown as Micro;
    if (name === "micro") noteDevice(report, device);
    return rows;
  } catch (error) {
    const { message } = error as Error;
    if (!isAbsent(message))
      throw new Trouble(
        `Single convolutions failed: ${message}.`,
        "Update the graphics driver, or leave them out with --only.",
        { cause: error },
      );
    say(`No rows of single convolutions: ${message}.`);
    return [];
  } finally {
    remote.stop();
  }
}

async function alone(remote: Remote, row: Row, work: (remote: Remote) => Promise<void>): Promise<void> {
  try {
    await work(remote);
  } catch (error) {
    fail(row, error);
  }
  remote.stop();
}

/** Writes down why a row has no figures. What is not there on a machine is no failure. */
function fail(row: Row, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const absent = isAbsent(message);
  row.note = absent ? message : `failed: ${message}`;
  if (!absent) row.failed = true;
}

const isAbsent = (message: string) => /no adapter|no CUDA device/.test(message);

function emptyRow(engine: string, of: Case): Row {
  const none = { dispatchesPerStep: null, jsMsPerStep: null, msPerStep: null, imagesPerSec: null };
  return {
    engine,
    ...of,
    ...none,
    peakBytes: null,
    startBytes: null,
    firstStepMs: null,
    lossAgrees: null,
    losses: [],
  };
}

function noteDevice(report: Report, device: string): void {
  if (!report.device.includes(device)) report.device = `${device}; ${report.device}`;
}

/** Fails before minutes of work rather than after. */
function checkWritable(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, "a"));
  } catch (cause) {
    throw new Trouble(
      `${file} can't be written: ${(cause as Error).message}.`,
      "Name a file in a folder that exists with --json.",
      { cause },
    );
  }
}

const say = (line: string) => console.log(line);
