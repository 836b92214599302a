// The browser is killed at any moment, again and again, and the run is there each time, whole and the same.

import { afterAll, expect, test } from "vitest";
import { createStream } from "../../src/gan/random.ts";
import { presets } from "../../src/worker/protocol.ts";
import { useProfile } from "./profile.ts";
import { useServer } from "./served.ts";

/** npm run soak asks for more. */
const kills = Number(process.env.KILLS ?? 30);
/** What may be lost at most: steps, or seconds of work. */
const mostLost = { steps: 250, seconds: 15 };

const address = useServer();
const profile = useProfile(address);

afterAll(() => profile.remove());

test(
  `a run survives ${kills} kills: it is offered, loads, goes on exactly, and loses no more than it may`,
  { timeout: 900_000 },
  async () => {
    // Slow enough steps for kills to fall into them, growing all the while: from 4 px to 16 px.
    const config = {
      ...presets.quick!,
      ...{ from: 4, to: 16, channelsMax: 8, imagesPerPhase: 4_000, imagesPerFade: 4_000, images: 1e6 },
    };
    const random = createStream(7, "kills").uniform(new Float32Array(kills));
    let page = await profile.open();
    await page.next("started");
    const before = await page.count();
    await page.send({ type: "start", config, planned: [], engine: "wasm" });
    const { run } = await page.next("started", before);
    await page.send({ type: "train" });
    await page.next("saved", before);

    for (const [kill, share] of [...random].entries()) {
      await page.page.waitForTimeout(share * 1_500);
      if (kill % 2 === 1) {
        await page.send({ type: "keep" });
        await page.page.waitForTimeout((share * 1e4) % 60); // in the middle of being saved
      }
      const { progress } = (await page.last("progress"))!;
      const safe = (await page.last("saved"))?.step ?? 0;
      await profile.kill();

      page = await profile.open();
      await page.page
        .getByRole("button", { name: /^Continue/ })
        .first()
        .waitFor();
      const from = await page.count();
      await page.send({ type: "list" });
      const { runs } = await page.next("library", from);
      const kept = runs.find(({ card }) => card.id === run.id)!;
      const which = `after kill ${kill + 1}, at step ${progress.step}`;
      expect(kept, which).toBeDefined();
      expect(kept.step, which).toBeGreaterThanOrEqual(safe);
      const lost = progress.step - kept.step;
      expect(
        lost <= mostLost.steps || lost <= mostLost.seconds * progress.stepsPerSec,
        `${which}: lost ${lost} steps`,
      ).toBe(true);

      await page.send({ type: "open", from: { id: run.id }, engine: "wasm" });
      const { verdict } = await page.next("verified", from);
      expect(verdict.kind, `${which}: ${JSON.stringify(verdict)}`).not.toBe("differs");
      await page.send({ type: "train" });
      const { progress: begun } = await page.next("progress", from);
      await page.until(({ step }) => step > begun.step);
    }
    expect((await page.last("failed")) ?? "none").toBe("none");
  },
);
