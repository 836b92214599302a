// What npm run train understands, and what it refuses, in one sentence that a person can act on.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseTrainArgs, trainHelp } from "../../src/cli/train/args.ts";
import { defaults, presets } from "../../src/gan/settings/config.ts";
import { keys } from "../../src/gan/settings/settings.ts";
import { Trouble } from "../../src/gan/errors.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "args-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A file that holds `text`. */
function file(name: string, text: string): string {
  const place = path.join(folder, name);
  fs.writeFileSync(place, text);
  return place;
}

const parse = (...argv: string[]) => parseTrainArgs([...argv, "--out", "runs/x"])!;

test("a folder is all it needs", () => {
  expect(parse()).toEqual({
    config: defaults,
    given: {},
    planned: [],
    engine: "auto",
    out: "runs/x",
    resume: undefined,
  });
});

test("--help asks for nothing else", () => {
  expect(parseTrainArgs(["--help"])).toBeUndefined();
  expect(parseTrainArgs(["--help", "--to", "48"])).toBeUndefined();
});

test("its own flag counts more than --set, --set than the file, the file than the preset", () => {
  const config = file("layers.json", `{"seed": 1, "batch": 8, "latent": 12, "images": 100}`);
  const args = parse(
    ...["--seed", "3", "--set", "seed=2", "--set", "batch=4", "--set", "batch=12"],
    ...["--preset", "quick", "--config", config],
  );
  expect(args.config).toEqual({ ...presets.quick, seed: 3, batch: 12, latent: 12, images: 100 });
  expect(args.given).toEqual({ seed: 3, batch: 12, latent: 12, images: 100 });
});

test("from and to are compared when all sources are read", () => {
  const config = file("from.json", `{"from": 32, "to": 32}`);
  expect(parse("--preset", "quick", "--config", config, "--set", "from=8").config).toMatchObject({
    from: 8,
    to: 32,
  });
});

test("the config of one run starts another", () => {
  const config = file("whole.json", JSON.stringify(presets.quick));
  expect(parse("--config", config).config).toEqual(presets.quick);
});

test("changes to come are read in their order", () => {
  expect(
    parse("--at", "8000:minibatchStddev=off", "--at=0:loss=hinge", "--at", "5:r1Gamma=0.5").planned,
  ).toEqual([
    { images: 8000, key: "minibatchStddev", to: false },
    { images: 0, key: "loss", to: "hinge" },
    { images: 5, key: "r1Gamma", to: 0.5 },
  ]);
});

test("a change may move the end of the run, and others may come after it then", () => {
  const at = ["--at", "150:loss=hinge", "--at", "100:images=200"];
  expect(parse("--images", "100", ...at).planned).toHaveLength(2);
});

test("a config file may begin with a mark of its encoding", () => {
  expect(parse("--config", file("bom.json", `\uFEFF{"batch": 8}`)).config.batch).toBe(8);
});

test("an engine, a folder and a checkpoint are passed on", () => {
  const args = parseTrainArgs(["--engine", "wasm", "--out", "a b", "--resume", "c.pgan"]);
  expect(args).toMatchObject({ engine: "wasm", out: "a b", resume: "c.pgan" });
});

describe("refused in one sentence, with a remedy:", () => {
  test.each<[string[], RegExp, RegExp?]>([
    [["--bogus"], /^Unknown option '--bogus'\.$/, /--help/],
    [["--batch", "32"], /^Unknown option '--batch'\.$/, /--set batch=VALUE/],
    [["--__proto__", "1"], /^Unknown option '--__proto__'\.$/],
    [["-x"], /^Unknown option '-x'\.$/],
    [["digits"], /^Unexpected argument 'digits'\.$/],
    [["--help=yes"], /^Option '--help' does not take an argument\.$/],
    [["--seed", "--to", "8"], /'--seed/],
    [["--preset", "huge"], /There is no preset "huge"\./, /paper, quick/],
    [["--preset", "__proto__"], /There is no preset "__proto__"\./],
    [["--preset", "constructor"], /There is no preset "constructor"\./],
    [["--preset", "quick", "--resume", "a.pgan"], /preset can't be given with --resume/],
    [["--engine", "cuda"], /There is no engine "cuda"\./, /auto, webgpu, wasm/],
    [["--data", "cats"], /Setting data can't be "cats"\./, /digits/],
    [["--to", "48"], /Setting to can't be 48\./, /4, 8, 16, 32 or 64/],
    [["--to="], /Setting to can't be ""\./],
    [["--to", "4", "--set", "from=8"], /can't grow from 8 px down to 4 px/],
    [["--images", "many"], /Setting images can't be "many"\./, /whole number from 1/],
    [["--images", "1.5"], /Setting images can't be 1.5\./],
    [["--images", "0"], /Setting images can't be 0\./],
    [["--seed=-1"], /Setting seed can't be -1\./],
    [["--seed", "-1"], /Setting seed can't be -1\./, /from 0 to 4294967295/],
    [["--seed", "-x"], /'--seed/],
    [["--seed", "NaN"], /Setting seed can't be "NaN"\./],
    [["--seed", "Infinity"], /Setting seed can't be "Infinity"\./],
    [["--set", "batch"], /--set batch names no setting and value\./, /key=value/],
    [["--set", "=3"], /--set =3 names no setting and value\./, /key=value/],
    [["--set", "batchh=3"], /There is no setting "batchh"\./, /batch/],
    [["--set", "batch=6"], /batch of 6 at 4 px does not divide/],
    [["--set", "__proto__=3"], /There is no setting "__proto__"\./],
    [["--set", "constructor.prototype=3"], /There is no setting "constructor.prototype"\./],
    [["--set", "fadeIn=maybe"], /Setting fadeIn can't be "maybe"\./, /on or off/],
    [["--at", "8000"], /--at 8000 names no moment and change\./, /images:key=value/],
    [["--at", "8000:loss"], /names no moment and change/],
    [["--at", "soon:loss=hinge"], /names no moment and change/],
    [["--at", "-5:loss=hinge"], /names no moment and change/],
    [["--at", "101:loss=hinge", "--images", "100"], /101:loss would never be made: .* ends at 100 images/],
    [["--at", "5.5:loss=hinge"], /names no moment and change/],
    [["--at", "100:batch=32"], /Setting batch can't change while a run goes on\./, /--set batch=32/],
    [["--at", "100:widthD=0.5"], /Setting widthD can't change while a run goes on\./, /--set widthD=0.5/],
    [["--at", "100:loss=fun"], /Setting loss can't be "fun"\./],
    [["--at", "100:__proto__=1"], /There is no setting "__proto__"\./],
    [["--config", "/nowhere/x.json"], /Config file .* can't be read: ENOENT/],
    [["--config", os.tmpdir()], /Config file .* can't be read: EISDIR/],
    [["--config", file("broken.json", "{batch: 3}")], /Config file .* is not JSON: /],
    [["--config", file("list.json", "[1]")], /Config file .* holds no JSON object\./],
    [["--config", file("null.json", "null")], /Config file .* holds no JSON object\./],
    [["--config", file("text.json", `{"batch": "16"}`)], /Setting batch can't be "16"\./],
    [["--config", file("nested.json", `{"batch": {"4": 1}}`)], /Setting batch can't be/],
    [["--config", file("unknown.json", `{"fun": 1}`)], /There is no setting "fun"\./],
    [["--config", file("proto.json", `{"__proto__": {"batch": 8}}`)], /There is no setting "__proto__"\./],
  ])("%j", (argv, message, remedy = /\w/) => {
    const error = refused(() => parse(...argv));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(error.remedy).toMatch(remedy);
  });

  test("no folder", () => {
    expect(refused(() => parseTrainArgs([])).message).toBe("No folder was named for the run.");
    expect(refused(() => parseTrainArgs(["--out="])).message).toBe("No folder was named for the run.");
  });
});

test("the help names every flag, setting and preset, and fits a terminal", () => {
  const help = trainHelp();
  for (const key of keys) expect(help).toMatch(new RegExp(`^  ${key}\\*? `, "m"));
  for (const preset of Object.keys(presets))
    expect(help).toMatch(new RegExp(`^  setting .* ${preset} .*takes$`, "m"));
  for (const flag of [
    "preset",
    "data",
    "to",
    "images",
    "seed",
    "engine",
    "out",
    "config",
    "set",
    "at",
    "resume",
  ])
    expect(help).toContain(`--${flag}`);
  expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});

function refused(action: () => unknown): Trouble {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(Trouble);
    return error as Trouble;
  }
  throw new Error("nothing was refused");
}
