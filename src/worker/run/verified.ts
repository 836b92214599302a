// Whether a run that was taken up is the same run, as the page is told.

import { hashOfData } from "../../store/dataHash.ts";
import { makerOf } from "../../store/maker.ts";
import type { ReadCheckpoint } from "../../store/pgan/checkpoint.ts";
import type { Newest } from "../../store/runs/storedRun.ts";
import { type Verdict, verify } from "../../store/verify.ts";
import { nextTask } from "../nextTask.ts";
import { lossBehind } from "./recovery.ts";
import type { Session } from "./session.ts";

/** What the check of a run comes to. One that an engine's loss breaks off comes to nothing: the run itself is mended. */
export async function verdictOn(checkpoint: Newest, session: Session): Promise<Verdict> {
  const candidate = (claim: ReadCheckpoint) => ({ claim, takeUp: () => session.takeUp(claim) });
  const { state, before } = checkpoint;
  try {
    const here = { maker: makerOf(session.engine), dataHash: await hashOfData(session.source) };
    const between = () => session.sound(nextTask());
    const checking = verify(candidate(checkpoint), here, between, before && candidate(before));
    return await session.sound(checking);
  } catch (error) {
    if (!(await lossBehind(error, session))) throw error;
    const because = ["the GPU was lost during the check"];
    return { kind: "unchecked", state, steps: 0, because };
  }
}
