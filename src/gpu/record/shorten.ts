// Makes a tape shorter without changing a bit of what it computes: nothing twice, nothing for nothing, nothing copied
// that could be where it belongs at once.

import { isInline, type Source, type Work } from "../kernels/wgsl.ts";
import { fuse } from "./fuse.ts";
import { countWriters, type Operation, type Slot, type Tape } from "./tape.ts";

export function shorten(tape: Tape): Tape {
  return settled(fuse(needed(once(tape))));
}

/** Leaves out operations that repeat an earlier one: same pipeline, same numbers, same slots. */
function once({ operations, results }: Tape): Tape {
  const writers = countWriters(operations);
  const stays = (slot: Slot) => slot.kind !== "temporary" || writers.get(slot) === 1;
  const same = new Map<Slot, Slot>();
  const known = new Map<string, Slot>();
  const ids = new Map<object, number>();
  const id = (thing: object) => ids.get(thing) ?? (ids.set(thing, ids.size), ids.size - 1);
  const now = (slot: Slot) => same.get(slot) ?? slot;

  const kept: Operation[] = [];
  for (const operation of operations) {
    const changed = renamed(operation, now);
    const { dispatch, work, reads, writes } = changed;
    if ((dispatch || work) && writes.length === 1 && [...reads, ...writes].every(stays)) {
      const what = dispatch
        ? [id(dispatch.pipeline), dispatch.workgroups, dispatch.uniforms]
        : [id(work!.module), work!.fields];
      const key = [writes[0]!.bytes, ...what, reads.map(id)].join(";");
      const earlier = known.get(key);
      if (earlier) {
        same.set(writes[0]!, earlier);
        continue;
      }
      known.set(key, writes[0]!);
    }
    kept.push(changed);
  }
  return { operations: kept, results: new Map([...results].map(([name, slot]) => [name, now(slot)])) };
}

/** Leaves out operations whose results nobody looks at. */
function needed({ operations, results }: Tape): Tape {
  const looked = new Set(results.values());
  const kept: Operation[] = [];
  for (const operation of operations.toReversed()) {
    if (!operation.writes.some((slot) => looked.has(slot))) continue;
    for (const slot of operation.reads) looked.add(slot);
    kept.push(operation);
  }
  return { operations: kept.reverse(), results };
}

/**
 * Has new values of the state written straight to the state where nobody looks at the old ones any more, and drops copies
 * of the old ones that serve to be changed in place. What is left in `results` must be copied at the end.
 */
function settled({ operations, results }: Tape): Tape {
  const same = new Map<Slot, Slot>();
  const dropped = new Set<Operation>();
  const left = new Map<string, Slot>();
  const kept = [...operations];
  for (const [name, slot] of results) {
    if (slot.kind === "state" && slot.name === name) continue; // written back as it was
    if (slot.kind !== "temporary") {
      // Copied while it is sure to hold what it held before the step.
      const copy: Slot = { kind: "temporary", bytes: slot.bytes };
      kept.unshift({ name: "Copy", reads: [slot], writes: [copy] });
      left.set(name, copy);
      continue;
    }
    if (same.has(slot)) {
      left.set(name, same.get(slot)!);
      continue;
    }
    const first = operations.findIndex(({ writes }) => writes.includes(slot));
    const old = (read: Slot) => read.kind === "state" && read.name === name;
    const state = operations.flatMap(({ reads }) => reads).find(old);
    const begins = operations[first]!;
    const isCopy = !begins.dispatch && !begins.work && begins.reads[0] === state;
    const lastLook = operations.findLastIndex(
      (operation) => operation.reads.some(old) && !(isCopy && operation === begins),
    );
    if (lastLook >= first) {
      left.set(name, slot);
      continue;
    }
    same.set(slot, state ?? { kind: "state", name, bytes: slot.bytes });
    if (isCopy) dropped.add(begins);
  }
  const now = (slot: Slot) => same.get(slot) ?? slot;
  return {
    operations: kept
      .filter((operation) => !dropped.has(operation))
      .map((operation) => renamed(operation, now)),
    results: left,
  };
}

function renamed(operation: Operation, now: (slot: Slot) => Slot): Operation {
  const { dispatch, work, reads, writes } = operation;
  return {
    ...operation,
    work: work && moved(work, now),
    reads: reads.map(now),
    writes: writes.map(now),
    dispatch: dispatch && { ...dispatch, bindings: dispatch.bindings.map(now) },
  };
}

function moved(work: Work<Slot>, now: (slot: Slot) => Slot): Work<Slot> {
  const source = (from: Source<Slot>): Source<Slot> =>
    isInline(from) ? { ...from, inputs: from.inputs.map(source) } : now(from);
  return {
    ...work,
    inputs: work.inputs.map(source),
    outputs: work.outputs.map(now),
    finish: work.finish.map((step) => ({ ...step, inputs: step.inputs.map(source) })),
  };
}
