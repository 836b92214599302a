// Where the page begins: a session, the worker it talks to, and the components that show it.

import { mount } from "svelte";
import App from "./ui/App.svelte";
import { OpenedLink } from "./ui/openedLink.svelte.ts";
import { saveFile } from "./ui/save.ts";
import { painted } from "./ui/painted.ts";
import { Session } from "./ui/session.svelte.ts";
import { connect } from "./worker/client.ts";

// ?engine=wasm chooses an engine.
const asked = new URLSearchParams(location.search).get("engine");
const engine = asked === "wasm" || asked === "webgpu" ? asked : "auto";

const session = new Session((command) => void client.then(({ send }) => send(command)), saveFile, engine);
const link = new OpenedLink(session.proposal);
// The worker loads tfjs and opens an engine, which is not to hold up the first picture of the page.
const client = mounted().then(() => connect((report) => session.receive(report)));

// A run is set up at once, a link's or the usual one, so that there are samples to look at before the first step.
if (!link.open(location.hash)) session.start();
session.keeping.list(); // what is kept from earlier visits is offered
addEventListener("hashchange", () => link.open(location.hash));

/** Shows the page. Resolves once it was painted. */
async function mounted(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve)); // reading the page's code was a task long enough
  mount(App, { target: document.getElementById("app") ?? document.body, props: { session, link } });
  await painted();
}
