// Whether a run that was taken up again is the same run: some steps are taken, and must lead where they led before.

import { ahead } from "../gan/replay.ts";
import type { Run } from "../gan/run.ts";
import type { Maker, Proof } from "./pgan/manifest.ts";
import { fingerprintOf } from "./snapshot.ts";

/** Steps by which a checkpoint is proven. */
export const proofSteps = 3;

export interface Verdict {
  /** "unchecked": the checkpoint tells nothing to compare with. */
  kind: "exact" | "differs" | "unchecked";
  /** Fingerprint of the state that was taken up. */
  state: string;
  /** Steps that were taken and compared. */
  steps: number;
  /** Why it may differ: what is another than when the checkpoint was made. */
  because: readonly string[];
}

/** What a checkpoint says of itself, as far as it can be checked. */
export interface Claim {
  state: string;
  proof?: Proof;
  maker: Maker;
  dataHash?: string;
}

/** A checkpoint to check: what it claims, and a way to make a run of it, which is freed here. */
export interface Candidate {
  claim: Claim;
  takeUp(): Run;
}

/**
 * Checks what a checkpoint claims, on runs taken up from it: its numbers arrive as they were, and steps lead where they
 * led before.
 * @param before the checkpoint before it, whose steps are taken where it has no proof of its own
 * @param here what computes now
 * @param between awaited after each step: lets others work, or throws to give up
 */
export async function verify(
  newest: Candidate,
  here: { maker: Maker; dataHash: string },
  between: () => Promise<void> = async () => {},
  before?: Candidate,
): Promise<Verdict> {
  const own = await check(newest, here, between);
  if (own.kind !== "unchecked" || !before?.claim.proof) return own;
  return { ...(await check(before, here, between)), state: own.state };
}

async function check(
  { claim, takeUp }: Candidate,
  here: { maker: Maker; dataHash: string },
  between: () => Promise<void>,
): Promise<Verdict> {
  const { state, proof } = claim;
  const because = differences(claim, here);
  const run = takeUp();
  try {
    if ((await fingerprintOf(run)) !== state)
      return {
        kind: "differs",
        state,
        steps: 0,
        because: ["this device changes numbers that are only stored"],
      };
    if (!proof) return { kind: "unchecked", state, steps: 0, because };
    const { steps } = proof;
    await run.prepare();
    for (const _ of ahead(run, steps)) {
      await between();
      await run.prepare();
    }
    if ((await fingerprintOf(run)) === proof.sha256) return { kind: "exact", state, steps, because: [] };
    const reasons = because.length > 0 ? because : ["this device does not repeat its own numbers"];
    return { kind: "differs", state, steps, because: reasons };
  } finally {
    run.dispose();
  }
}

/**
 * The proof of a run as it stands, by steps that only a copy of it takes.
 * @param copy is freed here
 * @param between awaited after each step: lets others work, or throws to give up
 */
export async function prove(copy: Run, between: () => Promise<void> = async () => {}): Promise<Proof> {
  try {
    await copy.prepare();
    for (const _ of ahead(copy, proofSteps)) {
      await between();
      await copy.prepare();
    }
    return { steps: proofSteps, sha256: await fingerprintOf(copy) };
  } finally {
    copy.dispose();
  }
}

/** What is another now than when the checkpoint was made, in words. */
function differences(then: Claim, here: { maker: Maker; dataHash: string }): string[] {
  const changed = (what: string, before: string, now: string) =>
    before === now ? [] : [`another ${what}: ${now}, not ${before}`];
  const { maker } = then;
  const now = here.maker;
  return [
    ...changed("engine", maker.engine, now.engine),
    ...(maker.engine === now.engine ? changed("device", maker.device, now.device) : []),
    ...changed("version of the playground", maker.app, now.app),
    ...changed("version of tfjs", maker.tfjs, now.tfjs),
    ...changed("browser or system", maker.agent, now.agent),
    ...(then.dataHash === undefined || then.dataHash === here.dataHash
      ? []
      : ["other images in the data set"]),
  ];
}
