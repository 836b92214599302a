// How long the tasks on a page's main thread are, in time of the processor: a busy machine does not lengthen them much.

import type { Page } from "playwright-core";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  args: { name?: string };
  /** Microseconds from start to end, and those of the processor where the platform counts them. */
  dur: number;
  tdur?: number;
}

/**
 * Milliseconds that the processor spent in each task on the main thread while `act` went on, the longest first.
 * Of all pages that are open: there should be no other.
 */
export async function tasksDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ["toplevel"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mainThreads = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(threadOf),
  );
  return traceEvents
    .filter((event) => event.name === "ThreadControllerImpl::RunTask" && mainThreads.has(threadOf(event)))
    .map(({ dur, tdur }) => (tdur ?? dur) / 1000)
    .sort((a, b) => b - a);
}
