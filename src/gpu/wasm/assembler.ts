// A small assembler for WebAssembly with SIMD: what our kernels for the WASM engine are written in. Instructions are bytes,
// and an expression is those of its operands followed by its own (WebAssembly Core Specification 2.0, chapter 5).

export type Code = readonly number[];

/** Value types. */
const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
type ValueType = keyof typeof types;

/** A local variable of a function. Reading it is an expression. */
export interface Local {
  get: Code;
  set(value: Code): Code;
}

/** A function that returns nothing. */
export interface WasmFunction {
  name: string;
  parameters: readonly ValueType[];
  locals: readonly ValueType[];
  body: Code;
}

/** Builds a function. @param parameters their types, by name */
export function defineFunction<P extends string>(
  name: string,
  parameters: Readonly<Record<P, ValueType>>,
  body: (parameters: Record<P, Local>, local: (type: ValueType) => Local) => Code,
): WasmFunction {
  const names = Object.keys(parameters) as P[];
  const locals: ValueType[] = [];
  const variable = (index: number): Local => ({
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  });
  const given = Object.fromEntries(names.map((each, index) => [each, variable(index)])) as Record<P, Local>;
  const code = body(given, (type) => variable(names.length + locals.push(type) - 1));
  return { name, parameters: names.map((each) => parameters[each]), locals, body: code };
}

/** One after the other. */
export const sequence = (...codes: readonly Code[]): Code => codes.flat();

const binary =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Reads or writes memory at an address plus a constant. */
const at = (offset: number): number[] => [0x02, ...unsigned(offset)]; // all are at least aligned to 4 = 2² bytes

export const int = (value: number): Code => [0x41, ...signed(value)];
export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const isLess = binary(0x49); // unsigned
export const and = binary(0x71);
/** `a` where the condition holds, else `b`. */
export const select = (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b];
export const isAtLeast = binary(0x4f); // unsigned

export const f32 = {
  constant: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  load: (address: Code, offset = 0): Code => [...address, 0x2a, ...at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x38, ...at(offset)],
  add: binary(0x92),
  subtract: binary(0x93),
  multiply: binary(0x94),
  divide: binary(0x95),
  sqrt: unary(0x91),
  isGreater: binary(0x5e),
  select,
  splat: (value: Code): Code => value,
};

/** Vectors of four floats. */
export const f32x4 = {
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00), ...at(offset)],
  /** One float from memory, four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(0x09), ...at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(0x0b),
    ...at(offset),
  ],
  splat: unary(...simd(0x13)),
  zero: [...simd(0x0c), ...Array<number>(16).fill(0)] as Code,
  lane: (vector: Code, lane: number): Code => [...vector, ...simd(0x1f), lane],
  add: binary(...simd(0xe4)),
  subtract: binary(...simd(0xe5)),
  multiply: binary(...simd(0xe6)),
  divide: binary(...simd(0xe7)),
  sqrt: unary(...simd(0xe3)),
  isGreater: binary(...simd(0x44)),
  /** `a` where the mask's bits are set, else `b`, in each lane. */
  select: (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...simd(0x52)],
};

/** What one float and four have in common, so that a computation is written once. */
export type Lanes = Omit<typeof f32, "constant">;

/** The sum of a vector's lanes, in pairs. */
export const sumOfLanes = (vector: Local): Code => {
  const lane = (i: number) => f32x4.lane(vector.get, i);
  return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
};

export const copyMemory = (to: Code, from: Code, bytes: Code): Code => [
  ...[to, from, bytes].flat(),
  ...[0xfc, 0x0a, 0x00, 0x00],
];
/** Runs `body` once, and again as long as the condition holds. */
export const repeat = (body: Code, condition: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...[...condition, 0x0d, 0x00, 0x0b],
];
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, 0x40, ...body, 0x0b];
/** Adds a number to an integer variable. */
export const advance = (variable: Local, by: Code): Code => variable.set(add(variable.get, by));

/** Runs `body` while `counter`, which starts at 0, is below `end`, and adds `step` to it each time. */
export const count = (counter: Local, end: Code, body: Code, step: Code = int(1)): Code =>
  sequence(
    counter.set(int(0)),
    when(isLess(counter.get, end), repeat(sequence(body, advance(counter, step)), isLess(counter.get, end))),
  );

/** A module of functions that work on a memory they import. @param shared whether threads share that memory */
export function assemble(functions: readonly WasmFunction[], shared: boolean): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters }) => [
    ...[0x60, ...vector(parameters.map((type) => [types[type]]))],
    ...unsigned(0),
  ]);
  // Any memory that is not shared will do; a shared one must be declared with a limit, 2¹⁶ pages at most.
  const limits = shared ? [0x03, 0, ...unsigned(65_536)] : [0x00, 0];
  const bodies = functions.map(({ locals, body }) => {
    const declared = vector(locals.map((type) => [1, types[type]]));
    return sized([...declared, ...body, 0x0b]);
  });
  const section = (id: number, content: Code) => [id, ...sized(content)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    ...section(1, vector(signatures)),
    ...section(2, vector([[...text("tfjs"), ...text("memory"), 0x02, ...limits]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(bodies)),
  ]);
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (content: Code): Code => [...unsigned(content.length), ...content];
const text = (name: string): Code => sized([...new TextEncoder().encode(name)]);

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const done = (value === 0 && low < 0x40) || (value === -1 && low >= 0x40);
    bytes.push(done ? low : low + 128);
    if (done) return bytes;
  }
}
