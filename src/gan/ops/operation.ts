// How an operation of ours is made: a named kernel that the tape sees as one node, with a gradient we vouch for.
//
// Stock tfjs throws or is silently wrong in the second derivative of many operations. Here the forward pass is a
// plain tfjs expression that the tape does not look into, and the gradient is written in operations that again
// have gradients, so that any order of derivative exists. A faster kernel of the same name may take the place of
// the plain one on an engine; the gradient stays.

import * as tf from "../tf.ts";

type Inputs = { [name: string]: tf.Tensor };

export interface Operation<I extends Inputs, O extends object, Y extends tf.Tensor> {
  name: string;
  /** The value, in plain tfjs. */
  forward(inputs: I, options: O): Y;
  /** Inputs that the gradient looks at. */
  needs: readonly (keyof I & string)[];
  /** For each input, how its gradient follows from that of the value. `inputs` holds only those in `needs`. */
  gradient(dy: Y, inputs: I, options: O): { [K in keyof I]: () => tf.Tensor };
}

/** Runs an operation. */
export type Apply<I extends Inputs, O extends object = object, Y extends tf.Tensor = tf.Tensor> = (
  inputs: I,
  options: O,
) => Y;

/**
 * Registers an operation that no gradient goes through, with any number of results.
 * @param forward the values, in plain tfjs, which an engine may compute by a kernel of its own
 */
export function defineUpdate<I extends Inputs, O extends object>(
  name: string,
  forward: (inputs: I, options: O) => tf.Tensor[],
): (inputs: I, options: O) => tf.Tensor[] {
  register(name, forward as (inputs: Inputs, options: object) => tf.Tensor[]);
  return (inputs, options) => [tf.engine().runKernel(name, inputs, options as tf.NamedAttrMap)].flat();
}

/** Names under which tfjs knows our engines. */
const backends = ["cpu", "wasm", "webgpu"];

/** Registers an operation on every engine and returns the function that runs it. */
export function defineOperation<I extends Inputs, O extends object, Y extends tf.Tensor>(
  operation: Operation<I, O, Y>,
): Apply<I, O, Y> {
  const { name, needs } = operation;
  register(name, (inputs, options) => operation.forward(inputs as I, options as O));
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...needs],
    gradFunc: (dy, saved, attrs) => {
      const inputs = Object.fromEntries(needs.map((input, i) => [input, saved[i]])) as I;
      return operation.gradient(dy as Y, inputs, attrs as unknown as O);
    },
  });
  return (inputs, options) => tf.engine().runKernel(name, inputs, options as tf.NamedAttrMap) as Y;
}

/** Registers what `name` computes on every engine, as long as an engine has no kernel of its own for it. */
export function register(
  name: string,
  forward: (inputs: Inputs, options: object) => tf.Tensor | tf.Tensor[],
): void {
  for (const backendName of backends)
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => forward(inputs as Inputs, attrs as object)),
    });
}
