// Where the page begins: a session, the worker it talks to once somebody wants to train, and the components that show it.

import { mount } from "svelte";
import { nearestPreset } from "./ui/state/draft.ts";
import type { Experiment } from "./ui/lab/experiment.ts";
import { Trial } from "./ui/lab/trial.ts";
import { OpenedLink } from "./ui/state/openedLink.svelte.ts";
import Page from "./ui/Page.svelte";
import { painted } from "./ui/painted.ts";
import { saveFile } from "./ui/save.ts";
import { Session } from "./ui/state/session.svelte.ts";
import { View } from "./ui/state/view.svelte.ts";
import { type Client, connect } from "./worker/client.ts";
import type { Command, Report } from "./worker/protocol.ts";

// ?engine=wasm chooses an engine.
const asked = new URLSearchParams(location.search).get("engine");
const engine = asked === "wasm" || asked === "webgpu" ? asked : "auto";

let client: Promise<Client> | undefined;
const session = new Session(send, saveFile, engine);
const link = new OpenedLink(session.proposal);
const view = new View();

/** The worker loads tfjs and opens an engine: not before it is told something, and not to hold up a picture of the page. */
function send(command: Command): void {
  client ??= painted().then(() => connect(hear));
  void client.then((worker) => worker.send(command));
}

function hear(report: Report): void {
  session.receive(report);
  view.trial?.hear(report);
}

/** Sets up a run: an experiment's, a link's, or the usual one, so that there are samples to look at before the first step. */
function enter(experiment?: Experiment): void {
  const first = !client;
  if (experiment) {
    view.trial = new Trial(experiment, send);
    const { config, planned, twin } = experiment;
    session.proposal.propose(config, nearestPreset(config), planned, twin);
  } else if (!link.open(location.hash) && first) session.start();
  if (first) session.keeping.list(); // what is kept from earlier visits is offered
}

/** Shows the view that the address says, or the one that suits the visitor. */
async function arrive(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve)); // reading the page's code was a task long enough
  const target = document.getElementById("app") ?? document.body;
  mount(Page, { target, props: { view, session, link, onenter: enter } });
  if ((await view.arrive(location)) !== "playground") return;
  await import("./ui/App.svelte"); // so that what is painted is the playground
  enter();
}

addEventListener("hashchange", () => {
  if (view.follow(location) === "playground") enter();
});
void arrive();
