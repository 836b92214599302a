// The alarms of all runs of a recording, found as those of a live run are.

import { type Recording, rulerOf } from "../../worker/protocol.ts";
import { alarmsIn } from "../alarms/find.ts";
import type { AlarmsOf } from "../alarms/marks.ts";
import { alarmMomentOf, sideOf } from "./marks.ts";

export const alarmsOf = (recording: Recording): AlarmsOf[] =>
  recording.arms.map(({ moments, rows, events }, i) => {
    const censuses = moments.map((moment) => alarmMomentOf(moment, rulerOf(recording, moment)));
    return { side: sideOf(recording, i), alarms: alarmsIn({ censuses, rows, events }) };
  });
