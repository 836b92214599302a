// Alarms in words: since when, after which change, and by which numbers.

import type { Alarm, Evidence } from "../../worker/protocol.ts";
import { controls } from "../controls.ts";
import { count, images, settingValue } from "../format.ts";
import { measure } from "../charts/numbers.ts";

/** "since 9 600 images", "from 9 600 to 16 000 images"; where it began is known to lie after the last moment that was well. */
export function spanOf({ onset, well, ended }: Alarm): string {
  const span =
    ended === undefined ? `since ${images(onset.images)}` : `from ${count(onset.images)} to ${images(ended)}`;
  return well === undefined ? span : `${span} (still well at ${count(well)})`;
}

/** "after R1 γ 1 → 0 at 16 000 images", or that nothing had been changed. */
export function causeOf({ lastEvent }: Alarm): string {
  if (!lastEvent) return "No setting had been changed before.";
  const { key, from, to, images: at } = lastEvent;
  return `Last change before: ${controls[key].label} ${settingValue(from)} → ${settingValue(to)} at ${images(at)}.`;
}

/** "0 of 20 healthy runs (0 to 16 %)". */
export function falseAlarmsOf({ falseAlarms }: Alarm): string {
  if (!falseAlarms || falseAlarms.of === 0) return "How often it sounds in healthy runs was not measured.";
  const { hits, of, low, high } = falseAlarms;
  const percent = (share: number) => Math.round(100 * share);
  return `False alarms, as measured: in ${hits} of ${of} healthy runs (95 % interval ${percent(low)} to ${percent(high)} %).`;
}

/** What real data scores, "–" where there is no such thing or it is not known. */
export function realOf({ real }: Evidence): string {
  if (!real) return "–";
  const [low, high] = [measure(real.low), measure(real.high)];
  return low === high ? low : `${low} to ${high}`;
}
