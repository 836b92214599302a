// A run whose engine is not ready for steps yet: it trains as soon as it is, and nothing that is asked for meanwhile waits.

import { expect, test } from "vitest";
import { plainSteps } from "../../src/gan/step.ts";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { node } from "../../src/gpu/node.ts";
import { connect, tiny } from "./page.ts";

/** A page whose engine takes its time. */
function slowly() {
  let preparing: Promise<void> | undefined;
  let end: { resolve(): void; reject(error: Error): void };
  preparing = new Promise<void>((resolve, reject) => (end = { resolve, reject }));
  preparing.catch(() => {});
  const page = connect(undefined, {
    openEngine: async (choice) => ({
      ...(await openEngine(choice, node)),
      recordSteps: () => ({ ...plainSteps, prepare: () => preparing }),
    }),
  });
  return {
    page,
    ready() {
      preparing = undefined;
      end.resolve();
    },
    breaks: (message: string) => end.reject(new Error(message)),
  };
}

test("a pause and a change are carried out before the first step, which waits for the engine", async () => {
  const { page, ready } = slowly();
  await page.start(tiny);
  page.send({ type: "train" });
  await page.next("training");
  page.send({ type: "flip", key: "minibatchStddev", value: false });
  expect((await page.next("flipped")).event).toMatchObject({ step: 0, to: false });
  await page.next("samples");
  page.send({ type: "pause" });
  await page.next("paused");
  expect(page.last("progress").progress.step).toBe(0);

  page.send({ type: "step", count: 3 });
  await page.next("training");
  ready();
  await page.next("paused");
  expect(page.last("progress").progress.step).toBe(3);
  expect(page.seen("failed")).toEqual([]);
  await page.close();
});

test("an engine that can't make ready is told of", async () => {
  const { page, breaks } = slowly();
  await page.start(tiny);
  page.send({ type: "train" });
  await page.next("training");
  breaks("a shader does not compile");
  expect((await page.next("failed")).error.message).toBe("a shader does not compile");
  expect(page.last("progress").progress.step).toBe(0);
  await page.close();
});
