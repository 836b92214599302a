// Where the page begins: a session, the worker it talks to, and the components that show it.

import { mount } from "svelte";
import App from "./ui/App.svelte";
import { saveFile } from "./ui/save.ts";
import { Session } from "./ui/session.svelte.ts";
import { connect } from "./worker/client.ts";

const session = new Session((command) => client.send(command), saveFile);
const client = connect((report) => session.receive(report));

mount(App, { target: document.getElementById("app") ?? document.body, props: { session } });

// A run is set up at once, so that there are samples to look at before the first step. ?engine=wasm chooses an engine.
const engine = new URLSearchParams(location.search).get("engine");
session.start(engine === "wasm" || engine === "webgpu" ? engine : "auto");
