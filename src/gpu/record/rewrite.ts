// Operations on a tape that are better done in another way, which gives the same bits.

import { sum } from "../kernels/channelSum.ts";
import { withBias } from "../kernels/filterGradient.ts";
import { biasLeakyRelu, biasLeakyReluGrad, leakyReluGrad } from "../kernels/map.ts";
import * as wgsl from "../kernels/wgsl.ts";
import type { Operation, Slot } from "./tape.ts";

export type Work = wgsl.Work<Slot>;

/** An operation that a kernel of ours does. */
export type Ours = Operation & { work: Work };
export const isOurs = (operation: Operation): operation is Ours => operation.work !== undefined;

/** Whether a slot is one number that a step takes in, like a learning rate: such are bound as uniforms. */
export const isNumber = ({ kind, bytes }: Slot): boolean => kind === "input" && bytes === 4;

/** Operations of a tape, with gaps where there were some that others do now. */
type Kept = (Operation | undefined)[];

/** The slope of a leaky ReLU from its value, which is at hand anyway, where before it is not. */
export function slopesByValue(operations: Kept): void {
  const values = new Map<Slot, { bias: Slot; y: Slot }[]>();
  operations.forEach((operation, at) => {
    if (!operation || !isOurs(operation)) return;
    const { module, inputs, outputs } = operation.work;
    if (module === biasLeakyRelu) {
      const [x, bias] = inputs as Slot[];
      values.set(x!, [...(values.get(x!) ?? []), { bias: bias!, y: outputs[0]! }]);
    }
    if (module !== biasLeakyReluGrad) return;
    const [dy, x, bias] = inputs as Slot[];
    const known = values.get(x!)?.find((value) => value.bias === bias);
    if (known)
      operations[at] = ours({ ...operation.work, module: leakyReluGrad, fields: [], inputs: [dy!, known.y] });
  });
}

/** The kernel that adds up biases as well, of an operation that is the gradient of a filter. */
const biasedOf = ({ work }: Ours) => (wgsl.isMap(work.module) ? undefined : withBias.get(work.module));

/** Gradients of filters and of biases in one, where both add up over the same pixels. */
export function sumsWithFilters(operations: Kept): void {
  operations.forEach((biases, at) => {
    if (!biases || !isOurs(biases) || biases.work.module !== sum) return;
    const [dy] = biases.work.inputs;
    const [, C, each] = biases.work.fields;
    const partner = operations.findIndex((filters) => {
      if (!filters || !isOurs(filters) || !biasedOf(filters)) return false;
      const { inputs, fields } = filters.work;
      return inputs[1] === dy && fields[5] === C && fields[10] === each;
    });
    const filters = operations[partner];
    const module = filters && isOurs(filters) && biasedOf(filters);
    if (!module) return;
    // Both become one at the earlier place, where the other input must be at hand too.
    const [first, last] = [Math.min(at, partner), Math.max(at, partner)];
    const writes = (slot: Slot) => (other: Operation | undefined, place: number) =>
      place >= first && place < last && other?.writes.includes(slot);
    if (filters.reads.some((slot) => operations.some(writes(slot)))) return;
    const outputs = [...filters.work.outputs, ...biases.work.outputs];
    operations[first] = ours({ ...filters.work, module, outputs });
    operations[last] = undefined;
  });
}

export function ours(work: Work): Ours {
  const ends = work.finish.map(({ map }) => `>${map.name}`).join("");
  return { name: `${work.module.name}${ends}`, reads: wgsl.tensorsRead(work), writes: work.outputs, work };
}
