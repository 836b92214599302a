// Joins kernels of ours that follow one another to one, without changing a bit of what they compute: maps of a kernel's
// result go into that kernel, and maps of what a kernel reads into the reading.

import * as wgsl from "../kernels/wgsl.ts";
import type { Finish, Inline, MapModule, Source } from "../kernels/wgsl.ts";
import { isNumber, isOurs, ours, slopesByValue, sumsWithFilters, type Work } from "./rewrite.ts";
import { countWriters, type Operation, type Slot, type Tape } from "./tape.ts";

/** Storage buffers that every adapter binds at a time. */
const mostBuffers = 8;
/** Numbers that may be read for one that several kernels need, and for one that a kernel needs many times. */
const mostReads = { shared: 3, often: 1 };

/** A map of many numbers that reads one of few computes it often. */
const mostGrowth = 4;

export function fuse({ operations, results }: Tape): Tape {
  const kept: (Operation | undefined)[] = operations.map((operation) =>
    isOurs(operation) ? { ...operation } : operation,
  );
  slopesByValue(kept);
  sumsWithFilters(kept);
  const writers = countWriters(operations);
  const lasting = new Set(results.values());
  const passes = (slot: Slot) => slot.kind === "temporary" && writers.get(slot) === 1 && !lasting.has(slot);
  const readersOf = (slot: Slot) =>
    kept.flatMap((operation, at) => (operation?.reads.includes(slot) ? [at] : []));
  /** Whether what is read at `from` is still the same at `to`. */
  const keeps = (slots: readonly Slot[], from: number, to: number) =>
    !kept.some((other, at) => at > from && at < to && other?.writes.some((slot) => slots.includes(slot)));

  // Maps of a result.
  kept.forEach((map, at) => {
    if (!map || !isOurs(map) || !wgsl.isMap(map.work.module)) return;
    const { aligned = [], inputs } = map.work.module;
    for (const input of aligned) {
      const given = inputs.indexOf(input);
      const slot = map.work.inputs[given] as Slot;
      const before = kept.findIndex((other) => other?.writes.includes(slot));
      const kernel = kept[before];
      if (!kernel || !isOurs(kernel) || !passes(slot)) continue;
      const { module, finish, outputs } = kernel.work;
      if (wgsl.isMap(module) || !module.code.includes("$put(") || outputs.length > 1) continue;
      if (readersOf(slot).length > 1 || map.work.inputs.filter((other) => other === slot).length > 1)
        continue;
      const step: Finish<Slot> = {
        map: map.work.module,
        fields: map.work.fields,
        inputs: map.work.inputs,
        given,
      };
      const work = { ...kernel.work, finish: [...finish, step], outputs: map.work.outputs };
      if (!keeps(kernel.reads, before, at) || !isSound(work)) continue;
      kept[before] = undefined;
      kept[at] = ours(work);
      return;
    }
  });

  // Maps of what is read.
  kept.forEach((map, at) => {
    if (!map || !isOurs(map) || !wgsl.isMap(map.work.module) || map.work.finish.length > 0) return;
    const [slot] = map.writes as [Slot];
    if (!passes(slot)) return;
    const { module, fields, inputs } = map.work;
    const inline: Inline<Slot> = { map: module, fields, inputs };
    const readers = readersOf(slot);
    const cheap = readsOf(inline) <= mostReads.shared;
    const replaced = readers.map((reader) => {
      const operation = kept[reader]!;
      if (!isOurs(operation) || !keeps(map.reads, at, reader)) return undefined;
      const grows = operation.writes[0]!.bytes > mostGrowth * slot.bytes;
      if ((readers.length > 1 || grows) && !cheap) return undefined;
      const work = replacedIn(operation.work, slot, inline);
      return isSound(work) ? work : undefined;
    });
    if (replaced.length === 0 || replaced.includes(undefined)) return;
    readers.forEach((reader, i) => (kept[reader] = ours(replaced[i]!)));
    kept[at] = undefined;
  });
  return { operations: kept.filter((operation) => operation !== undefined), results };
}

/** Numbers read for one of the result, not counting those of which there are few. */
function readsOf({ map, inputs }: Inline<Slot>): number {
  const [first] = inputs;
  const within = inputs.reduce((sum, input) => sum + (wgsl.isInline(input) ? readsOf(input) - 1 : 0), 0);
  return first && wgsl.isInline(first) ? map.reads * readsOf(first) : map.reads + within;
}

/** Whether a number is made of others at its own place, as far as places are worked out at all. */
function isAligned(source: Source<Slot>): boolean {
  if (!wgsl.isInline(source)) return true;
  const [first] = source.map.inputs;
  return source.map.aligned?.includes(first!) === true && isAligned(source.inputs[0]!);
}

/** `work` with a map in the place of a tensor. */
function replacedIn(work: Work, slot: Slot, inline: Inline<Slot>): Work {
  const within = (source: Source<Slot>): Source<Slot> => {
    if (wgsl.isInline(source)) return { ...source, inputs: source.inputs.map(within) };
    return source === slot ? inline : source;
  };
  return {
    ...work,
    inputs: work.inputs.map(within),
    finish: work.finish.map((step) => ({ ...step, inputs: step.inputs.map(within) })),
  };
}

/** Whether a kernel may be put together so: with few buffers and cheap reads. */
function isSound(work: Work): boolean {
  const allowed = (source: Source<Slot>, name: string, module: wgsl.KernelModule | MapModule): boolean => {
    if (!wgsl.isInline(source)) return true;
    if (!wgsl.isMap(module)) {
      if (module.often?.includes(name) && readsOf(source) > mostReads.often) return false;
      if (module.still?.includes(name) && !isAligned(source)) return false;
    }
    return source.inputs.every((input, at) => allowed(input, source.map.inputs[at]!, source.map));
  };
  const { module, inputs, outputs, finish } = work;
  return (
    outputs.length + wgsl.tensorsRead(work).filter((slot) => !isNumber(slot)).length <= mostBuffers &&
    inputs.every((input, at) => allowed(input, module.inputs[at]!, module)) &&
    finish.every((step) => step.inputs.every((input, at) => allowed(input, step.map.inputs[at]!, step.map)))
  );
}
