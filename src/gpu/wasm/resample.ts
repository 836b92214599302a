// Doubling and halving of resolution on the WASM heap, four channels at a time.

import * as tf from "../../gan/tf.ts";
import { add, advance, count, defineFunction, f32x4, int, sequence } from "./assembler.ts";
import type { WasmKernel } from "./kernel.ts";

const bytes = 16;

// Rows of all images lie one behind the other, so that images need no loop of their own.
const sizes = { rows: "i32", columns: "i32", pixelBytes: "i32", rowBytes: "i32", factor: "f32" } as const;

/** Every number of the smaller images goes to a block of four of the larger. @param rows of the smaller */
const double = defineFunction("double", { small: "i32", large: "i32", ...sizes }, (p, local) => {
  const [row, column, c, value] = [local("i32"), local("i32"), local("i32"), local("v128")];
  const right = add(p.large.get, p.pixelBytes.get);
  return count(
    row,
    p.rows.get,
    sequence(
      count(
        column,
        p.columns.get,
        sequence(
          count(
            c,
            p.pixelBytes.get,
            sequence(
              value.set(f32x4.multiply(f32x4.load(p.small.get), f32x4.splat(p.factor.get))),
              f32x4.store(p.large.get, value.get),
              f32x4.store(right, value.get),
              f32x4.store(add(p.large.get, p.rowBytes.get), value.get),
              f32x4.store(add(right, p.rowBytes.get), value.get),
              advance(p.small, int(bytes)),
              advance(p.large, int(bytes)),
            ),
            int(bytes),
          ),
          advance(p.large, p.pixelBytes.get),
        ),
      ),
      advance(p.large, p.rowBytes.get),
    ),
  );
});

/** Every block of four numbers of the larger images, added up, goes to one of the smaller. @param rows of the smaller */
const halve = defineFunction("halve", { small: "i32", large: "i32", ...sizes }, (p, local) => {
  const [row, column, c, value] = [local("i32"), local("i32"), local("i32"), local("v128")];
  const right = add(p.large.get, p.pixelBytes.get);
  const added = (...addresses: (typeof right)[]) =>
    addresses.map((address) => value.set(f32x4.add(value.get, f32x4.load(address))));
  return count(
    row,
    p.rows.get,
    sequence(
      count(
        column,
        p.columns.get,
        sequence(
          count(
            c,
            p.pixelBytes.get,
            sequence(
              value.set(f32x4.load(p.large.get)),
              ...added(right, add(p.large.get, p.rowBytes.get), add(right, p.rowBytes.get)),
              f32x4.store(p.small.get, f32x4.multiply(value.get, f32x4.splat(p.factor.get))),
              advance(p.small, int(bytes)),
              advance(p.large, int(bytes)),
            ),
            int(bytes),
          ),
          advance(p.large, p.pixelBytes.get),
        ),
      ),
      advance(p.large, p.rowBytes.get),
    ),
  );
});

type Shape4 = [number, number, number, number];

const inFours = ({ x }: tf.NamedTensorInfoMap): boolean => x!.shape[3]! % 4 === 0;

export const resamplings: readonly WasmKernel[] = [
  {
    operation: "PggUpsample2x",
    serves: inFours,
    run(heap, { x }, { factor }) {
      const [N, H, W, C] = x!.shape as Shape4;
      const y = heap.output([N, 2 * H, 2 * W, C]);
      const { double: run } = heap.functions<"double">("double", () => [double]);
      run(heap.address(x!), heap.address(y), N * H, W, 4 * C, 8 * W * C, factor);
      return [y];
    },
  },
  {
    operation: "PggDownsample2x",
    serves: inFours,
    run(heap, { x }, { factor }) {
      const [N, H, W, C] = x!.shape as Shape4;
      const y = heap.output([N, H / 2, W / 2, C]);
      const { halve: run } = heap.functions<"halve">("halve", () => [halve]);
      run(heap.address(y), heap.address(x!), (N * H) / 2, W / 2, 4 * C, 4 * W * C, factor / 4);
      return [y];
    },
  },
];
