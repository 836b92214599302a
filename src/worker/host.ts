// The worker's half of the conversation with the page: carries out commands, pulls the training stream, reports.

import { Trouble } from "../gan/errors.ts";
import { causeOf, runLost } from "./loss.ts";
import type { Command, Report, StatName } from "./protocol.ts";
import { nextTask, save } from "./saving.ts";
import { failureOf, openSession, prepare, type Session, type Start, type Supplies } from "./session.ts";
import { type Send, watch, type Watch } from "./watch.ts";

/** Milliseconds of training before messages are let in: a pause takes effect within this and one step. */
const breath = 40;

interface Live {
  session: Session;
  watch: Watch;
  /** What the engine's loss or a divergence has ended. Steps are refused, with these words. */
  ended?: Trouble;
}

/** What the pump is to do: so many steps, or all up to the next tick; of both networks, or of one. */
interface Wanted {
  steps: number;
  untilTick: boolean;
  only?: "D" | "G";
}

/** Carries out the page's commands. Never throws: what goes wrong is reported as `failed`. */
export function createHost(send: Send, supplies: Supplies): { receive(command: Command): void } {
  let live: Live | undefined;
  let wanted: Wanted | undefined;
  /** Something changed while the run stands still, and is to be shown. */
  let changed = false;
  /** Steps and looks at the run take turns in it: statistics must not be read while steps are taken. */
  let pump: Promise<void> | undefined;
  let starting: Promise<void> = Promise.resolve();
  let newest: Start | undefined;
  const jobs = new Map<number, { controller: AbortController; done: Promise<void> }>();

  const fail = (during: Extract<Report, { type: "failed" }>["during"], error: unknown, id?: number) =>
    send({ type: "failed", during, error: failureOf(error), live: live !== undefined && !live.ended, id });

  const needRun = () => {
    if (live) return live;
    throw new Trouble("There is no run.", "Start one first.");
  };

  const close = async () => {
    [wanted, changed] = [undefined, false];
    for (const { controller } of jobs.values()) controller.abort();
    await Promise.all([pump, ...[...jobs.values()].map(({ done }) => done)]);
    live?.session.close();
    live = undefined;
  };

  const start = async (command: Start) => {
    newest = command;
    await starting;
    let session: Session | undefined;
    try {
      const prepared = await prepare(command, supplies);
      if (newest !== command) return; // a later start has taken its place
      await close(); // only now: a start that is refused leaves the run before as it is
      session = await openSession(prepared, supplies);
      if (newest !== command) return session.close();
      live = { session, watch: watch(session, send) };
      const { name, device, software, notice } = session.engine;
      send({ type: "engine", engine: { name, device, software, notice } });
      const { config, channels } = session.run;
      send({ type: "started", config, channels, columns: session.gallery.columns });
      await live.watch.report(true);
      void awaitLoss(live);
    } catch (error) {
      const cause = session ? await causeOf(error, session) : error;
      if (session) await close();
      fail("start", cause);
    }
  };

  const awaitLoss = async (current: Live) => {
    const { engine, run } = current.session;
    const loss = await engine.lost;
    if (!loss || live !== current || loss.reason === "destroyed" || current.ended) return;
    wanted = undefined;
    current.ended = runLost(loss, run.step);
    fail("training", current.ended);
  };

  /** Trains while that is wanted, and shows what changed. There is one at a time, however often it is asked for. */
  const kick = () => {
    pump ??= pull(needRun());
  };

  const pull = async (current: Live) => {
    const { watch } = current;
    let training = false;
    let because: Extract<Report, { type: "paused" }>["because"] = "asked";
    try {
      while (wanted || training || changed) {
        if (wanted) {
          if (!training) send({ type: "training" });
          training = true;
          because = stretch(current, wanted);
          if (wanted.steps <= 0 || because === "finished") wanted = undefined;
          // Reading waits for the engine to catch up, which bounds how far commands run ahead of it.
          const broken = await watch.report();
          if (broken) return await diverged(current, broken);
          await nextTask();
          continue;
        }
        changed = false;
        await watch.report(true);
        if (training && !wanted) send({ type: "paused", because });
        training = wanted !== undefined;
      }
    } catch (error) {
      await giveUp(current, error);
    } finally {
      pump = undefined; // at once, so that what is wanted from here on starts another
    }
  };

  /** Names what the number came from: a tensor, or only the statistic where all tensors are still finite. */
  const diverged = async (current: Live, statistic: StatName) => {
    const { run } = current.session;
    [wanted, changed] = [undefined, false];
    current.ended = new Trouble(
      `Training diverged at step ${run.step}.`,
      "Start a new run with lower learning rates.",
    );
    send({ type: "diverged", step: run.step, tensor: (await run.firstNonFinite()) ?? statistic });
    await current.watch.report(true);
  };

  /** A run that threw in the middle of a step is of no more use. */
  const giveUp = async (current: Live, error: unknown) => {
    [wanted, changed] = [undefined, false];
    const told = current.ended;
    const cause = await causeOf(error, current.session);
    current.session.close();
    live = undefined;
    if (!told) fail("training", cause);
  };

  const go = (next: Wanted) => {
    const { ended } = needRun();
    if (ended) throw ended;
    wanted = next;
    kick();
  };

  const step = ({ count, only }: Extract<Command, { type: "step" }>) => {
    if (wanted) return; // it is training: another step will come without being asked for
    if (count === "tick" && only === "G")
      throw new Trouble(
        "A tick is counted in images, and steps of G alone show none.",
        "Take a number of steps.",
      );
    if (count !== "tick" && !(Number.isInteger(count) && count > 0))
      throw new Trouble(`A run can't take ${count} steps.`, "Take a whole number from 1.");
    go({ steps: count === "tick" ? Infinity : count, untilTick: count === "tick", only });
  };

  const exportFile = async ({ id, what }: Extract<Command, { type: "export" }>) => {
    const { session, watch } = needRun();
    const controller = new AbortController();
    let ended = () => {};
    const done = new Promise<void>((resolve) => (ended = resolve));
    jobs.set(id, { controller, done });
    try {
      const progress = (done: number, total: number) => send({ type: "exporting", id, done, total });
      const saved = await save(what, session, watch, progress, controller.signal);
      send({ type: "exported", id, ...saved });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      send({ type: "cancelled", id });
    } finally {
      jobs.delete(id);
      ended();
    }
  };

  const carryOut = (command: Command): void | Promise<void> => {
    switch (command.type) {
      case "start":
        return (starting = start(command));
      case "train":
        return go({ steps: Infinity, untilTick: false });
      case "pause":
        wanted = undefined;
        return;
      case "step":
        return step(command);
      case "flip": {
        const { session, watch } = needRun();
        const event = session.run.flip(command.key, command.value);
        if (event) watch.flipped(event);
        changed = true;
        return kick();
      }
      case "plan":
        return needRun().session.run.plan(command.planned);
      case "show":
        needRun().watch.weights = command.weights;
        changed = true;
        return kick();
      case "export":
        return exportFile(command);
      case "cancel":
        return jobs.get(command.id)?.controller.abort();
      default:
        command satisfies never;
    }
  };

  return {
    async receive(command) {
      if (command.type !== "start") {
        await starting; // it is meant for the run that is being set up
        // Where that failed it has been said. Only who asked for a file still waits to hear of it.
        if (newest && !live && command.type !== "export") return;
      }
      try {
        await carryOut(command);
      } catch (error) {
        const cause = live ? await causeOf(error, live.session) : error;
        fail(command.type, cause, "id" in command ? command.id : undefined);
      }
    },
  };
}

/** Takes steps for a breath, or until something is to be seen at this very step. */
function stretch({ session, watch }: Live, wanted: Wanted): "asked" | "finished" {
  const began = performance.now();
  watch.working();
  while (wanted.steps > 0 && performance.now() - began < breath) {
    const { value: event, done } = session.stream.next({ only: wanted.only });
    if (done) return "finished";
    switch (event.type) {
      case "grown":
        watch.grown();
        break;
      case "flipped":
        watch.flipped(event.event);
        break;
      case "step":
        wanted.steps = wanted.untilTick && event.tick ? 0 : wanted.steps - 1;
        if (watch.stepped(event.tick)) return "asked";
        break;
      case "finished":
        return "finished";
      default:
        event satisfies never;
    }
  }
  return "asked";
}
