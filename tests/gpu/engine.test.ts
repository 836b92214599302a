import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";

describe.each(engines)("$name", ({ name, open, close }) => {
  beforeAll(open);
  afterAll(close);

  test("is tfjs's current backend", async () => {
    expect(tf.getBackend()).toBe(name);
    expect(Array.from(await tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).data())).toEqual([3, 3, 3, 3]);
  });
});
