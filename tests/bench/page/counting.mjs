// What a census and metrics cost beside training: steps a second in Chromium on WASM, in turns without them, with a census,
// and with a census and metrics. Needs a build in dist. Prints the median and the best of the turns.

import { chromium } from "playwright-core";
import { dist } from "../../../src/cli/launch/build.mjs";
import { serve } from "../../../src/cli/launch/serve.mjs";

const [rounds = 5, seconds = 6] = process.argv.slice(2).map(Number);
const kinds = /** @type {const} */ (["neither", "census", "census and metrics"]);

const { server, url } = await serve(process.env.DIST_PATH ?? dist, { port: 0 });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const pages = [];
  for (const kind of kinds)
    pages.push({ kind, page: await open(kind), speeds: /** @type {number[]} */ ([]) });
  for (let round = 0; round < rounds; round++)
    for (const { page, speeds } of pages) speeds.push(await speedOf(page));
  for (const { kind, speeds } of pages) {
    speeds.sort((a, b) => a - b);
    const [median, best] = [speeds[speeds.length >> 1], speeds.at(-1)];
    console.log(`${kind}: median ${median?.toFixed(1)}, best ${best?.toFixed(1)} steps/s of ${rounds} turns`);
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}

/** A page with a run that stands still. @param {typeof kinds[number]} kind */
async function open(kind) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  if (kind === "neither")
    await page.route("**/assets/worker-*.js", async (route) => {
      const response = await route.fetch();
      const code = await response.text();
      const without = code.replace(/counter:(\w+)\(\)/, "nobody:$1");
      if (without === code)
        throw new Error("the worker's counter was not found, so there is nothing to compare with");
      await route.fulfill({ response, body: without });
    });
  await page.goto(`${url}?engine=wasm#v=1&preset=quick&images=1000000`);
  await train(page).and(page.locator(":enabled")).waitFor();
  await speedOf(page); // the first steps, the first census
  if (kind === "census and metrics") {
    await page.getByRole("checkbox", { name: /again by itself/ }).check();
    await page.getByRole("row", { name: /mean of levels/ }).waitFor(); // floors are measured once
  }
  return page;
}

/** Steps a second over a turn of training. @param {import("playwright-core").Page} page */
async function speedOf(page) {
  const step = async () =>
    Number((await page.locator("dt:text-is('Step') + dd").innerText()).replace(/\D/g, ""));
  const before = await step();
  await train(page).click();
  await page.waitForTimeout(1_000 * seconds);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await train(page).waitFor();
  return ((await step()) - before) / seconds;
}

/** @param {import("playwright-core").Page} page */
function train(page) {
  return page.getByRole("button", { name: "Train", exact: true });
}
