// How WGSL comes together: a kernel, the maps that its inputs are read through, and those that finish its result.
//
// Code names what it is given by a dollar sign: $x(i) is number i of input x, $.C is the field C of the uniforms, and
// $put(i, value) stores number i of the result. What stands behind a name may be a buffer or another operation, so that a
// chain of operations becomes one dispatch. The numbers stay the same bit for bit, as every one is still rounded where it
// was: code of ours spells out fused multiply-adds, and no compiler may make up another of what was two operations.

interface Module {
  /** Unique among modules. */
  name: string;
  /** Read in the order of the bindings. */
  inputs: readonly string[];
  /** Uniforms of four bytes each, as in "C: u32". */
  fields?: readonly string[];
  /** Whether the result ends in a product, or a quotient or root, which compilers may write as one. */
  product?: boolean;
}

/** Has a number of its result for each i, from any numbers of its inputs. */
export interface MapModule extends Module {
  /** WGSL that returns number i. */
  value: string;
  /** Inputs that are read at i and nowhere else. */
  aligned?: readonly string[];
  /** Numbers read for one of the result, but for the few of which all are made. */
  reads: number;
}

/** A kernel with an entry point of its own. */
export interface KernelModule extends Module {
  /** Arrays that may be written and read in place. */
  outputs: readonly string[];
  code: string;
  /** Inputs of which every number is read many times, so that reading it should be cheap. */
  often?: readonly string[];
  /** Inputs of which a number is read so often that not even its place should be worked out: maps of them are aligned. */
  still?: readonly string[];
}

/** Where an input comes from: a tensor, or a map of others. */
export type Source<T extends object> = T | Inline<T>;

export interface Inline<T extends object> {
  map: MapModule;
  fields: readonly number[];
  inputs: readonly Source<T>[];
}

/** A map of a kernel's result, which takes the place of one of its inputs. */
export interface Finish<T extends object> extends Inline<T> {
  given: number;
}

/** What is to run. */
export interface Work<T extends object> {
  module: KernelModule | MapModule;
  fields: readonly number[];
  inputs: readonly Source<T>[];
  outputs: readonly T[];
  finish: readonly Finish<T>[];
  workgroups: readonly [number, number, number];
}

export interface Assembled<T extends object> {
  /** The same for the same code. */
  name: string;
  code: string;
  /** In the order of the bindings. Uniforms come last, where there are any. */
  outputs: readonly T[];
  inputs: readonly T[];
  uniforms: Uint8Array<ArrayBuffer>;
}

export const isInline = <T extends object>(source: Source<T>): source is Inline<T> => "map" in source;
export const isMap = (module: KernelModule | MapModule): module is MapModule => "value" in module;

/** Threads of a workgroup of a map, and most workgroups on one axis. */
const threads = 64;
const most = 65_535;

/** Workgroups of a map with `size` numbers. Beyond the most there may be, threads take turns. */
export const mapWorkgroups = (size: number): [number, number, number] => [
  Math.min(Math.ceil(size / threads), most),
  1,
  1,
];

/** Every tensor that is read, each once, in the order of the bindings. */
export function tensorsRead<T extends object>({ inputs, finish }: Pick<Work<T>, "inputs" | "finish">): T[] {
  const found = new Set<T>();
  const visit = (source: Source<T>) => {
    if (!isInline(source)) found.add(source);
    else source.inputs.forEach(visit);
  };
  inputs.forEach(visit);
  for (const { inputs, given } of finish) inputs.forEach((input, at) => at !== given && visit(input));
  return [...found];
}

/**
 * @param size of the result, which a map is told
 * @param isNumber whether a tensor is one number and lies where uniforms may, of which more can be bound than of others
 */
export function assemble<T extends object>(
  work: Work<T>,
  size: number,
  isNumber: (tensor: T) => boolean = () => false,
): Assembled<T> {
  const { module, outputs, finish } = work;
  const read = tensorsRead(work);
  const declared: string[] = [];
  const functions: string[] = [];
  const uniforms: { type: string; value: number }[] = [];
  const declare = (fields: readonly string[], values: readonly number[], prefix: string) =>
    fields.forEach((field, at) => {
      declared.push(`${prefix}${field}`);
      uniforms.push({ type: field.slice(field.indexOf(":") + 2), value: values[at]! });
    });

  let count = 0;
  let exact = false;
  /** A compiler can't look through it, as it does not know that `none` is 0, and so can't join a product with a sum. */
  const rounded = (of: Module, value: string) => {
    if (!of.product) return value;
    exact = true;
    return `exact(${value})`;
  };
  /** Puts names in the place of what has a dollar sign. */
  const resolved = (code: string, node: Pick<Inline<T>, "fields" | "inputs">, of: Module, given?: number) => {
    const prefix = `n${count++}_`;
    declare(of.fields ?? [], node.fields, prefix);
    const names = node.inputs.map((input, at) => (at === given ? "" : nameOf(input)));
    let text = code.replaceAll(/\$\.(\w+)/g, `u.${prefix}$1`);
    of.inputs.forEach((input, at) => {
      text =
        at === given
          ? text.replaceAll(`$${input}(i)`, "given")
          : text.replaceAll(`$${input}(`, `${names[at]}(`);
    });
    return text;
  };
  const nameOf = (source: Source<T>): string => {
    if (!isInline(source)) return `load${read.indexOf(source)}`;
    const body = resolved(source.map.value, source, source.map);
    const name = `map${functions.length}`;
    functions.push(`fn ${name}(i: u32) -> f32 { ${body} }`);
    if (!source.map.product) return name;
    functions.push(`fn exact_${name}(i: u32) -> f32 { return ${rounded(source.map, `${name}(i)`)}; }`);
    return `exact_${name}`;
  };

  let before: Module = module;
  const stored = finish.reduce((value, step) => {
    const given = rounded(before, value);
    before = step.map;
    const body = resolved(step.map.value, step, step.map, step.given);
    const name = `finish${functions.length}`;
    functions.push(`fn ${name}(i: u32, given: f32) -> f32 { ${body} }`);
    return `${name}(i, ${given})`;
  }, "value");
  const names = isMap(module) ? ["result"] : module.outputs;
  let main: string;
  if (isMap(module)) {
    declare(["size: u32", "stride: u32"], [size, work.workgroups[0] * threads], "");
    main = `
fn value(i: u32) -> f32 { ${resolved(module.value, work, module)} }
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = id.x; i < u.size; i += u.stride) { put(i, value(i)); }
}`;
  } else main = resolved(module.code, work, module).replaceAll("$put(", "put(");
  if (main.includes("put(")) functions.push(`fn put(i: u32, value: f32) { ${names[0]}[i] = ${stored}; }`);

  if (exact) {
    declare(["none: u32"], [0], "");
    functions.push("fn exact(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ u.none); }");
  }
  const bindings = [
    ...names.map((name) => `<storage, read_write> ${name}: array<f32>;`),
    ...read.map((tensor, at) =>
      isNumber(tensor) ? `<uniform> in${at}: f32;` : `<storage, read> in${at}: array<f32>;`,
    ),
    ...(declared.length > 0 ? ["<uniform> u: Fields;"] : []),
  ].map((text, at) => `@group(0) @binding(${at}) var${text}`);
  const code = [
    declared.length > 0 ? `struct Fields { ${declared.join(", ")} }` : "",
    ...bindings,
    ...read.map(
      (tensor, at) => `fn load${at}(i: u32) -> f32 { return in${at}${isNumber(tensor) ? "" : "[i]"}; }`,
    ),
    ...functions,
    main,
  ].join("\n");
  const kinds = read.map((tensor) => (isNumber(tensor) ? "1" : "#")).join("");
  return {
    name: `${nameOfWork(work, read)}${kinds.includes("1") ? kinds : ""}`,
    code,
    outputs,
    inputs: read,
    uniforms: packed(uniforms),
  };
}

function nameOfWork<T extends object>({ module, inputs, finish }: Work<T>, read: readonly T[]): string {
  const words = (source: Source<T>): string =>
    isInline(source) ? `${source.map.name}(${source.inputs.map(words).join()})` : `#${read.indexOf(source)}`;
  const ends = finish.map(
    ({ map, inputs, given }) =>
      `>${map.name}(${inputs.map((input, at) => (at === given ? "." : words(input))).join()})`,
  );
  return `${module.name}(${inputs.map(words).join()})${ends.join("")}`;
}

function packed(uniforms: readonly { type: string; value: number }[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * uniforms.length));
  uniforms.forEach(({ type, value }, at) => {
    if (type === "f32") view.setFloat32(4 * at, value, true);
    else view.setInt32(4 * at, value, true);
  });
  return new Uint8Array(view.buffer);
}
