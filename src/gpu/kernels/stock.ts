// tfjs's own small operations as maps: those that losses, penalties and sums of gradients are made of, where the plain
// kernel is a dispatch for a handful of numbers. For floats, and for the shapes that occur; all else stays tfjs's.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "../../gan/tf.ts";
import { type Backend, internals } from "../record/backend.ts";
import { launch } from "./launch.ts";
import type { MapModule } from "./wgsl.ts";

type Run = (
  backend: Backend,
  inputs: tf.NamedTensorInfoMap,
  attrs: Record<string, unknown>,
) => tf.TensorInfo | undefined;

/** tfjs's kernels, which serve what ours do not. */
const stock = new Map<string, tf.KernelFunc>();

/** Has WebGPU compute tfjs's own operations by maps of ours where they can. */
export function useMaps(which: "fast" | "plain"): void {
  for (const [name, run] of Object.entries(runs)) {
    if (!stock.has(name)) stock.set(name, tf.getKernel(name, "webgpu")!.kernelFunc);
    const plain = stock.get(name)!;
    tf.unregisterKernel(name, "webgpu");
    tf.registerKernel({
      kernelName: name,
      backendName: "webgpu",
      kernelFunc: (given) => {
        const { inputs, attrs, backend } = given;
        const floats = Object.values(inputs).every((input) => isFloat(input!) && sizeOf(input!) > 0);
        const ours =
          which === "fast" && floats
            ? run(internals(backend as WebGPUBackend), inputs, attrs as Record<string, unknown>)
            : undefined;
        return ours ?? plain(given);
      },
    });
  }
}

const isFloat = (tensor: tf.TensorInfo) => tensor.dtype === "float32";
const sizeOf = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape);

/** Of one tensor. */
function unary(name: string, value: string, product: boolean): Run {
  const module: MapModule = { name, inputs: ["x"], aligned: ["x"], product, reads: 1, value };
  return (backend, { x }) => launch(backend, module, { outputs: [x!.shape], inputs: [x!] })[0]!;
}

/** Of two tensors of one shape, or of shapes where one repeats: a scalar, one number a sample, one number a channel. */
function binary(name: string, sign: string, product: boolean): Run {
  const alike: MapModule = {
    name,
    inputs: ["a", "b"],
    aligned: ["a", "b"],
    product,
    reads: 2,
    value: `return $a(i) ${sign} $b(i);`,
  };
  const repeated: MapModule = {
    name: `${name}/repeated`,
    inputs: ["a", "b"],
    fields: ["eachA: u32", "sizeA: u32", "eachB: u32", "sizeB: u32"],
    product,
    reads: 2,
    value: `return $a(i / $.eachA % $.sizeA) ${sign} $b(i / $.eachB % $.sizeB);`,
  };
  return (backend, inputs) => {
    const [a, b] = [inputs.a!, inputs.b!];
    if (tf.util.arraysEqual(a.shape, b.shape))
      return launch(backend, alike, { outputs: [a.shape], inputs: [a, b] })[0];
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const fields = [a, b].map((tensor) => repetition(tensor.shape, shape));
    if (fields.includes(undefined)) return undefined;
    return launch(backend, repeated, {
      outputs: [shape],
      inputs: [a, b],
      fields: fields.flat() as number[],
    })[0];
  };
}

/** How many numbers of `shape` in a row see the same number of a tensor, and after how many it begins anew. */
function repetition(own: number[], shape: number[]): [each: number, size: number] | undefined {
  const padded = [...Array.from({ length: shape.length - own.length }, () => 1), ...own];
  const size = tf.util.sizeFromShape(own);
  const last = padded.findLastIndex((length, axis) => length > 1 || shape[axis] === 1);
  const first = padded.findIndex((length) => length > 1);
  for (let axis = Math.max(first, 0); axis <= last; axis++)
    if (padded[axis] !== shape[axis]) return undefined;
  return [size === 1 ? 1 : tf.util.sizeFromShape(shape.slice(last + 1)), size];
}

const filled: MapModule = {
  name: "PggFill",
  inputs: [],
  fields: ["value: f32"],
  reads: 0,
  value: "return $.value;",
};

const sliced: MapModule = {
  name: "PggSlice",
  inputs: ["x"],
  fields: ["begin: u32"],
  reads: 1,
  value: "return $x(i + $.begin);",
};

const padded: MapModule = {
  name: "PggPad",
  inputs: ["x"],
  fields: ["begin: u32", "length: u32"],
  reads: 1,
  value: "if (i < $.begin || i - $.begin >= $.length) { return 0.0; } return $x(i - $.begin);",
};

const joined: MapModule = {
  name: "PggConcat",
  inputs: ["a", "b"],
  fields: ["length: u32"],
  reads: 1,
  value: "if (i < $.length) { return $a(i); } return $b(i - $.length);",
};

const reduced = (name: string, value: string): MapModule => ({
  name,
  inputs: ["x"],
  fields: ["each: u32"],
  product: true,
  reads: 8,
  value: `var sum = 0.0;
    for (var k = 0u; k < $.each; k++) { sum += $x(i * $.each + k); }
    return ${value};`,
});

/** Numbers that one thread adds up, at most. */
const mostAdded = 64;

/** Of the last axes, or all. */
function reduction(module: MapModule): Run {
  return (backend, { x }, { axis, keepDims }) => {
    const { shape } = x!;
    const axes = new Set(tf.util.parseAxisParam(axis as number | number[], shape));
    const long = shape.map((length, axis) => ({ length, axis })).filter(({ length }) => length > 1);
    const first = long.findIndex(({ axis }) => axes.has(axis));
    if (first >= 0 && !long.slice(first).every(({ axis }) => axes.has(axis))) return undefined;
    const each = first < 0 ? 1 : tf.util.sizeFromShape(long.slice(first).map(({ length }) => length));
    if (each > mostAdded) return undefined;
    const left = shape.flatMap((length, axis) => (axes.has(axis) ? (keepDims ? [1] : []) : [length]));
    return launch(backend, module, { outputs: [left], inputs: [x!], fields: [each] })[0];
  };
}

const runs: Record<string, Run> = {
  [tf.Add]: binary("PggSum", "+", false),
  [tf.Sub]: binary("PggDifference", "-", false),
  [tf.Multiply]: binary("PggProduct", "*", true),
  [tf.RealDiv]: binary("PggQuotient", "/", true),
  [tf.Neg]: unary("PggNegative", "return -$x(i);", false),
  [tf.Square]: unary("PggSquare", "let x = $x(i); return x * x;", true),
  [tf.Sqrt]: unary("PggRoot", "return sqrt($x(i));", true),
  [tf.Sum]: reduction(reduced("PggTotal", "sum")),
  [tf.Mean]: reduction(reduced("PggMean", "sum / f32($.each)")),
  [tf.Fill]: (backend, _, { shape, value, dtype }) =>
    dtype === undefined || dtype === "float32"
      ? launch(backend, filled, { outputs: [shape as number[]], inputs: [], fields: [value as number] })[0]
      : undefined,
  [tf.Slice]: (backend, { x }, { begin, size }) => {
    const [starts, lengths] = tf.slice_util.parseSliceParams(
      x! as tf.Tensor,
      begin as number[],
      size as number[],
    ) as [number[], number[]];
    if (!alongFirst(x!.shape, lengths) || lengths[0] === 0) return undefined;
    const row = sizeOf(x!) / x!.shape[0]!;
    return launch(backend, sliced, { outputs: [lengths], inputs: [x!], fields: [starts[0]! * row] })[0];
  },
  [tf.PadV2]: (backend, { x }, { paddings, constantValue }) => {
    const around = paddings as [number, number][];
    const shape = x!.shape.map((length, axis) => length + around[axis]![0] + around[axis]![1]);
    if (constantValue !== 0 || !alongFirst(x!.shape, shape)) return undefined;
    const row = sizeOf(x!) / x!.shape[0]!;
    const fields = [around[0]![0] * row, sizeOf(x!)];
    return launch(backend, padded, { outputs: [shape], inputs: [x!], fields })[0];
  },
  [tf.Concat]: (backend, inputs, { axis }) => {
    const all = (Object.values(inputs) as tf.TensorInfo[]).filter((input) => sizeOf(input) > 0);
    if (axis !== 0 || all.length < 2) return undefined;
    return all.reduce((a, b, at) => {
      const shape = [a.shape[0]! + b.shape[0]!, ...a.shape.slice(1)];
      const both = launch(backend, joined, { outputs: [shape], inputs: [a, b], fields: [sizeOf(a)] })[0]!;
      if (at > 1) backend.disposeData(a.dataId);
      return both;
    });
  },
};

/** Whether two shapes differ in the first axis at most. */
const alongFirst = (a: number[], b: number[]) =>
  a.length > 0 && a.length === b.length && tf.util.arraysEqual(a.slice(1), b.slice(1));
