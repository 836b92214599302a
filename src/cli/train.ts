// npm run train: the same training stream as the page's, into a run folder.

import path from "node:path";
import { openSource } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { Run } from "../gan/run.ts";
import { train } from "../gan/train.ts";
import type { OpenEngine } from "../gpu/engine.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { checkFits } from "../gpu/memory.ts";
import { node } from "../gpu/node.ts";
import { hashOfData } from "../store/dataHash.ts";
import { createChronicle, pastOf } from "../store/history/chronicle.ts";
import { makerOf } from "../store/maker.ts";
import { newId, type RunCard, shortened } from "../store/pgan/manifest.ts";
import type { ReadCheckpoint } from "../store/pgan/checkpoint.ts";
import { resume, type Snapshot } from "../store/snapshot.ts";
import { prove, verify } from "../store/verify.ts";
import { parseTrainArgs, type TrainArgs, trainHelp } from "./train/args.ts";
import { type Lifeline, watchOver } from "./train/lost.ts";
import { readPack } from "./readPack.ts";
import { createRecorder, type Recorder } from "./train/recorder.ts";
import { readResumed, type Resumed, verdictLine } from "./train/resume.ts";
import { checkRunFolder, createRunFolder, type RunFolder } from "./runFolder.ts";

/** Runs the command. Bad input is refused with a Trouble before anything is written. */
export async function main(argv: string[]): Promise<void> {
  const args = parseTrainArgs(argv);
  if (!args) return void process.stdout.write(trainHelp());
  const resumed = args.resume === undefined ? undefined : await readResumed(args.resume, args);
  checkRunFolder(args.out, resumed?.checkpoint.place.started);
  const engine = await openEngine(args.engine, node);
  await closing(engine, () => runOn(engine, args, resumed));
}

/** Does `work`, then closes the engine. What fails in closing does not hide what failed before. */
export async function closing(engine: Pick<OpenEngine, "close">, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    try {
      engine.close();
    } catch {
      // It may be lost, and that is what `error` says.
    }
    throw error;
  }
  engine.close();
}

async function runOn(engine: OpenEngine, args: TrainArgs, resumed?: Resumed): Promise<void> {
  const { checkpoint, planned = args.planned } = resumed ?? {};
  const config = checkpoint?.place.config ?? args.config;
  const source = await openSource(config.data, config.seed, readPack, config.to);
  checkFits(config, source.channels, engine.limits);
  const here = { maker: makerOf(engine), dataHash: await hashOfData(source) };

  const takeUp = (snapshot: Snapshot) =>
    resume(snapshot, source, createBatches(source, config.seed), engine.recordSteps?.());
  const verdict = checkpoint && (await verify({ claim: checkpoint, takeUp: () => takeUp(checkpoint) }, here));
  const run = checkpoint
    ? takeUp(checkpoint)
    : new Run(config, source, createBatches(source, config.seed), [], engine.recordSteps?.());
  run.plan(planned);
  const { started } = run.place();
  const folder = createRunFolder(
    args.out,
    started,
    checkpoint && { ...checkpoint.place, ...checkpoint.series },
  );
  const say = (line: string) => {
    console.log(line);
    folder.log(line);
  };
  say(
    `Training ${config.data} to ${config.to}×${config.to} on ${engine.name} (${engine.device}) into ${folder.path}`,
  );
  if (engine.notice) say(`${engine.notice.message} ${engine.notice.remedy}`);
  if (verdict) say(verdictLine(verdict));
  const lifeline = watchOver(engine, () => run.step);
  const keeping = {
    ...here,
    card: cardOf(args, checkpoint),
    chronicle: createChronicle(checkpoint && pastOf(checkpoint)),
    open: checkpoint?.series.open[0],
    prove: (snapshot: Snapshot) => prove(takeUp(snapshot)),
  };
  const recorder = createRecorder(run, source, keeping, folder, lifeline, say);
  try {
    const stopped = await pull(run, folder, recorder, lifeline);
    say(`${stopped ? "Stopped" : "Done"} at ${run.images} images, ${run.step} steps: ${folder.path}`);
  } catch (error) {
    throw await lifeline.causeOf(error);
  }
}

/** A run that goes on stays the same run; a new one is called after its folder. */
function cardOf({ out }: TrainArgs, checkpoint?: ReadCheckpoint): RunCard {
  if (checkpoint && checkpoint.run.id !== "unknown") return checkpoint.run;
  const name = path.basename(path.resolve(out)).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ");
  return { id: newId(), name: shortened(name.trim(), 120) || "Run" };
}

/** Trains to the end, or until Ctrl-C, which finishes the step at hand. True when it was stopped. */
export async function pull(
  run: Run,
  folder: Pick<RunFolder, "event">,
  recorder: Recorder,
  lifeline: Lifeline,
): Promise<boolean> {
  const signal = listenForStop();
  try {
    await recorder.begin();
    await engineReady(run, lifeline);
    for (const event of train(run)) {
      if (event.type === "flipped") folder.event(event.event);
      else if (event.type === "grown") recorder.grown(event.resolution);
      else if (event.type === "step" && event.tick) await recorder.tick();
      else if (event.type === "step") await engineCaughtUp(run, lifeline);
      if (event.type === "finished" || signal.stopped) {
        await recorder.end(); // inside the loop: leaving it frees the run
        break;
      }
      await engineReady(run, lifeline);
    }
    return signal.stopped;
  } finally {
    signal.ignore();
  }
}

/** What is compiled for a step is sooner there than the step by the longer way. */
async function engineReady(run: Run, { during }: Lifeline): Promise<void> {
  const ready = run.prepare();
  if (ready) await during(ready);
}

/** Lets signals in, and keeps commands from piling up ahead of a GPU: one small number is waited for. */
async function engineCaughtUp(run: Run, { during }: Lifeline): Promise<void> {
  if (run.step % 8 === 0) await during(run.settled());
  await new Promise((resolve) => setImmediate(resolve));
}

/** Hears Ctrl-C and its like. A second one ends the process at once. */
function listenForStop() {
  const signal = {
    stopped: false,
    ignore: () => void process.off("SIGINT", stop).off("SIGTERM", stop),
  };
  function stop() {
    if (signal.stopped) process.exit(130);
    signal.stopped = true;
    console.log("Finishing the step, then writing the last snapshot. Ctrl-C again to stop at once.");
  }
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return signal;
}
