// Bias with leaky ReLU, pixel normalisation and channel sums on the WASM heap, four channels at a time.

import * as tf from "../../gan/tf.ts";
import {
  add,
  advance,
  type Code,
  count,
  defineFunction,
  f32,
  f32x4,
  int,
  isLess,
  repeat,
  sequence,
  sumOfLanes,
  type WasmFunction,
} from "./assembler.ts";
import type { Heap } from "./heap.ts";
import type { WasmKernel } from "./kernel.ts";

const lanes = 4;
const bytes = 4 * lanes;

const channelsOf = ({ shape }: tf.TensorInfo): number => shape.at(-1)!;
const pixelsOf = (x: tf.TensorInfo): number => tf.util.sizeFromShape(x.shape) / channelsOf(x);
const inFours = (x: tf.TensorInfo): boolean => channelsOf(x) % lanes === 0;

/** A function of x + bias, and of dy where there is one, for every channel of every pixel. */
function pointwise(name: string, value: (biased: Code, dy: Code) => Code): WasmFunction {
  const pointers = { dy: "i32", x: "i32", bias: "i32", y: "i32" } as const;
  return defineFunction(name, { ...pointers, pixels: "i32", rowBytes: "i32" }, (p, local) => {
    const [pixel, c, biased] = [local("i32"), local("i32"), local("v128")];
    const all = [p.x, p.dy, p.y];
    return count(
      pixel,
      p.pixels.get,
      count(
        c,
        p.rowBytes.get,
        sequence(
          biased.set(f32x4.add(f32x4.load(p.x.get), f32x4.load(add(p.bias.get, c.get)))),
          f32x4.store(p.y.get, value(biased.get, f32x4.load(p.dy.get))),
          ...all.map((pointer) => advance(pointer, int(bytes))),
        ),
        int(bytes),
      ),
    );
  });
}

// The slope is that of src/gan/ops/activation.ts, and 0 counts as negative there too.
const slope = f32x4.splat(f32.constant(0.2));
const isPositive = (x: Code) => f32x4.isGreater(x, f32x4.zero);
const leaky = [
  pointwise("forward", (x) => f32x4.select(x, f32x4.multiply(x, slope), isPositive(x))),
  pointwise("backward", (x, dy) => f32x4.select(dy, f32x4.multiply(dy, slope), isPositive(x))),
];

function runLeaky(
  heap: Heap,
  which: "forward" | "backward",
  x: tf.TensorInfo,
  bias: tf.TensorInfo,
  dy = x,
): tf.TensorInfo[] {
  const y = heap.output(x.shape);
  const pointers = [dy, x, bias, y].map((tensor) => heap.address(tensor)) as [number, number, number, number];
  heap.functions<typeof which>("leaky", () => leaky)[which](...pointers, pixelsOf(x), 4 * channelsOf(x));
  return [y];
}

/** The pixels' vectors, each to unit mean square; and what comes back through that. */
const normalise = (["forward", "backward"] as const).map((name) =>
  defineFunction(
    name,
    { x: "i32", dy: "i32", y: "i32", pixels: "i32", rowBytes: "i32", channels: "f32", epsilon: "f32" },
    (p, local) => {
      const [pixel, c] = [local("i32"), local("i32")];
      const [squares, products, r] = [local("v128"), local("v128"), local("f32")];
      const [scale, inward] = [local("v128"), local("v128")];
      const x = f32x4.load(add(p.x.get, c.get));
      const dy = f32x4.load(add(p.dy.get, c.get));
      const forward = f32x4.multiply(x, scale.get);
      // (dy - x mean(x dy) r²) r
      const backward = f32x4.multiply(f32x4.subtract(dy, f32x4.multiply(x, inward.get)), scale.get);
      const over = (body: Code) => count(c, p.rowBytes.get, body, int(bytes));
      return count(
        pixel,
        p.pixels.get,
        sequence(
          squares.set(f32x4.zero),
          products.set(f32x4.zero),
          over(
            sequence(
              squares.set(f32x4.add(squares.get, f32x4.multiply(x, x))),
              name === "forward" ? [] : products.set(f32x4.add(products.get, f32x4.multiply(x, dy))),
            ),
          ),
          r.set(f32.add(f32.divide(sumOfLanes(squares), p.channels.get), p.epsilon.get)), // 1 / r²
          inward.set(f32x4.splat(f32.divide(f32.divide(sumOfLanes(products), p.channels.get), r.get))),
          scale.set(f32x4.splat(f32.divide(f32.constant(1), f32.sqrt(r.get)))),
          over(f32x4.store(add(p.y.get, c.get), name === "forward" ? forward : backward)),
          ...[p.x, p.dy, p.y].map((pointer) => advance(pointer, p.rowBytes.get)),
        ),
      );
    },
  ),
);

function runNormalise(
  heap: Heap,
  which: "forward" | "backward",
  x: tf.TensorInfo,
  epsilon: number,
  dy = x,
): tf.TensorInfo[] {
  const y = heap.output(x.shape);
  const C = channelsOf(x);
  const pointers = [x, dy, y].map((tensor) => heap.address(tensor)) as [number, number, number];
  const functions = heap.functions<typeof which>("normalise", () => normalise);
  functions[which](...pointers, pixelsOf(x), 4 * C, C, epsilon);
  return [y];
}

/** Rows that are added up before their sum is added to the others': long sums lose less that way. */
const together = 64;

/** Adds up rows of vectors, `width` vectors of them at a time. */
const sumRows = (width: number): WasmFunction =>
  defineFunction("sum", { x: "i32", y: "i32", rows: "i32", rowBytes: "i32" }, (p, local) => {
    const [c, at, end, stop] = [local("i32"), local("i32"), local("i32"), local("i32")];
    const each = Array.from({ length: width }, () => ({ part: local("v128"), total: local("v128") }));
    const length = (rows: Code): Code => [...rows, ...p.rowBytes.get, 0x6c];
    return count(
      c,
      p.rowBytes.get,
      sequence(
        at.set(add(p.x.get, c.get)),
        end.set(add(at.get, length(p.rows.get))),
        ...each.map(({ total }) => total.set(f32x4.zero)),
        repeat(
          sequence(
            stop.set(add(at.get, length(int(together)))),
            stop.set([...stop.get, ...end.get, ...isLess(stop.get, end.get), 0x1b]),
            ...each.map(({ part }) => part.set(f32x4.zero)),
            repeat(
              sequence(
                ...each.map(({ part }, i) => part.set(f32x4.add(part.get, f32x4.load(at.get, bytes * i)))),
                advance(at, p.rowBytes.get),
              ),
              isLess(at.get, stop.get),
            ),
            ...each.map(({ part, total }) => total.set(f32x4.add(total.get, part.get))),
          ),
          isLess(at.get, end.get),
        ),
        ...each.map(({ total }, i) => f32x4.store(add(p.y.get, c.get), total.get, bytes * i)),
      ),
      int(bytes * width),
    );
  });

export const activations: readonly WasmKernel[] = [
  {
    operation: "PggBiasLeakyRelu",
    serves: ({ x }) => inFours(x!),
    run: (heap, { x, bias }) => runLeaky(heap, "forward", x!, bias!),
  },
  {
    operation: "PggBiasLeakyReluGrad",
    serves: ({ dy }) => inFours(dy!),
    run: (heap, { dy }, { x, bias }) => runLeaky(heap, "backward", x, bias, dy!),
  },
  {
    operation: "PggPixelNorm",
    serves: ({ x }) => inFours(x!),
    run: (heap, { x }, { epsilon }) => runNormalise(heap, "forward", x!, epsilon),
  },
  {
    operation: "PggPixelNormGrad",
    serves: ({ x }) => inFours(x!),
    run: (heap, { dy, x }, { epsilon }) => runNormalise(heap, "backward", x!, epsilon, dy!),
  },
  {
    operation: "PggChannelSum",
    serves: ({ x }) => inFours(x!),
    run(heap, { x }) {
      const C = channelsOf(x!);
      const width = C % (4 * lanes) === 0 ? 4 : 1;
      const y = heap.output([C]);
      const functions = heap.functions<"sum">(`sum/${width}`, () => [sumRows(width)]);
      functions.sum(heap.address(x!), heap.address(y), pixelsOf(x!), 4 * C);
      return [y];
    },
  },
];
