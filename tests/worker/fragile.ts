// An engine that tests can lose.

import type { Loss, OpenEngine } from "../../src/gpu/engine.ts";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { node } from "../../src/gpu/node.ts";

/** An engine on WASM that can be lost as a GPU can: its numbers go with it, and what is read from it fails. */
export function fragileWasm() {
  let lose: ((loss: Loss) => void) | undefined;
  const open = async (): Promise<OpenEngine> => {
    const engine = await openEngine("wasm", node);
    return { ...engine, lost: new Promise((resolve) => (lose = resolve)) };
  };
  return {
    open,
    lose: (loss: Loss = { reason: "lost", message: "reset" }) => lose!(loss),
  };
}
