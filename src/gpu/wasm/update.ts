// Adam's step, moving averages and scaled weights on the WASM heap: number by number, four at a time.

import * as tf from "../../gan/tf.ts";
import {
  advance,
  type Code,
  count,
  defineFunction,
  f32,
  f32x4,
  int,
  type Lanes,
  type Local,
  sequence,
  sumOfLanes,
  type WasmFunction,
} from "./assembler.ts";
import type { Heap } from "./heap.ts";
import type { WasmKernel } from "./kernel.ts";

const sizeOf = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape(shape);

/** A loop over numbers, in fours and then one by one. @param body for one or four of them, at the pointers' addresses */
function flat(
  size: Local,
  index: Local,
  pointers: readonly Local[],
  body: (lanes: Lanes, wide: boolean) => Code,
): Code {
  const loop = (lanes: Lanes, width: number, end: Code) =>
    count(
      index,
      end,
      sequence(body(lanes, width > 1), ...pointers.map((pointer) => advance(pointer, int(4 * width)))),
    );
  const fours: Code = [...size.get, ...int(2), 0x76];
  const rest: Code = [...size.get, ...int(3), 0x71];
  return sequence(loop(f32x4, 4, fours), loop(f32, 1, rest));
}

/** w, m and v after a step, and the sum of the squares of the gradient. The decays are β and 1 - β. */
const adam = defineFunction(
  "adam",
  {
    ...{
      w: "i32",
      m: "i32",
      v: "i32",
      gradient: "i32",
      newW: "i32",
      newM: "i32",
      newV: "i32",
      squares: "i32",
    },
    ...{ size: "i32", rate: "f32", correction: "f32", epsilon: "f32", factor: "f32" },
    ...{ beta1: "f32", rest1: "f32", beta2: "f32", rest2: "f32" },
  },
  (p, local) => {
    const index = local("i32");
    const variables = () => ({ one: local("f32"), four: local("v128") });
    const [g, squared, first, second] = [variables(), variables(), variables(), variables()] as const;
    const total = variables();
    return sequence(
      total.four.set(f32x4.zero),
      flat(p.size, index, [p.w, p.m, p.v, p.gradient, p.newW, p.newM, p.newV], (lanes, wide) => {
        const of = ({ one, four }: typeof g) => (wide ? four : one);
        const { multiply, splat, load, store } = lanes;
        const root = multiply(lanes.sqrt(of(second).get), splat(p.correction.get));
        const step = lanes.divide(
          multiply(of(first).get, splat(p.rate.get)),
          lanes.add(root, splat(p.epsilon.get)),
        );
        const moved = (old: Local, beta: Local, value: Code, rest: Local) =>
          lanes.add(multiply(load(old.get), splat(beta.get)), multiply(value, splat(rest.get)));
        return sequence(
          of(g).set(multiply(load(p.gradient.get), splat(p.factor.get))),
          of(squared).set(multiply(of(g).get, of(g).get)),
          of(first).set(moved(p.m, p.beta1, of(g).get, p.rest1)),
          of(second).set(moved(p.v, p.beta2, of(squared).get, p.rest2)),
          store(p.newW.get, lanes.subtract(load(p.w.get), step)),
          store(p.newM.get, of(first).get),
          store(p.newV.get, of(second).get),
          of(total).set(lanes.add(of(total).get, of(squared).get)),
        );
      }),
      f32.store(p.squares.get, f32.add(sumOfLanes(total.four), total.one.get)),
    );
  },
);

/** average + (value - average) rate. */
const move: WasmFunction = defineFunction(
  "move",
  { average: "i32", value: "i32", result: "i32", size: "i32", rate: "f32" },
  (p, local) =>
    flat(p.size, local("i32"), [p.average, p.value, p.result], (lanes) => {
      const average = lanes.load(p.average.get);
      const way = lanes.subtract(lanes.load(p.value.get), average);
      return lanes.store(p.result.get, lanes.add(average, lanes.multiply(way, lanes.splat(p.rate.get))));
    }),
);

const scale: WasmFunction = defineFunction(
  "scale",
  { x: "i32", y: "i32", size: "i32", factor: "f32" },
  (p, local) =>
    flat(p.size, local("i32"), [p.x, p.y], (lanes) =>
      lanes.store(p.y.get, lanes.multiply(lanes.load(p.x.get), lanes.splat(p.factor.get))),
    ),
);

const functionsOf = (heap: Heap) =>
  heap.functions<"adam" | "move" | "scale">("update", () => [adam, move, scale]);

export const updates: readonly WasmKernel[] = [
  {
    operation: "PggAdam",
    run(heap, inputs, { beta1, beta2, adamEpsilon, factor }) {
      const { w, m, v, gradient, rate, correction } = inputs;
      const outputs = [w!, m!, v!].map(({ shape }) => heap.output(shape));
      outputs.push(heap.output([1]));
      // What β₁ = 0 takes no part of must not spoil the sum where it is not finite.
      const before = beta1 === 0 ? gradient! : m!;
      const pointers = [w!, before, v!, gradient!, ...outputs].map((tensor) => heap.address(tensor));
      const paces = [rate!, correction!].map((tensor) => heap.view(tensor)[0]!);
      const decays = [beta1, 1 - beta1, beta2, 1 - beta2];
      functionsOf(heap).adam(...pointers, sizeOf(w!), ...paces, adamEpsilon, factor, ...decays);
      return outputs;
    },
  },
  {
    operation: "PggAverage",
    run(heap, inputs) {
      const rate = heap.view(inputs.rate!)[0]!;
      return Array.from({ length: (Object.keys(inputs).length - 1) / 2 }, (_, i) => {
        const [average, value] = [inputs[`average${i}`]!, inputs[`value${i}`]!];
        const result = heap.output(average.shape);
        const [from, to, into] = [average, value, result].map((tensor) => heap.address(tensor));
        functionsOf(heap).move(from!, to!, into!, sizeOf(value), rate);
        return result;
      });
    },
  },
  {
    operation: "PggScale",
    run: (heap, inputs, { factors }) =>
      factors.map((factor, i) => {
        const x = inputs[`x${i}`]!;
        const y = heap.output(x.shape);
        functionsOf(heap).scale(heap.address(x), heap.address(y), sizeOf(x), factor);
        return y;
      }),
  },
];
