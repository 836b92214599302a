// Numbers as a person reads them: with their unit, and thousands set apart by a thin space.

const thinSpace = "\u202f"; // narrow and no-break

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** 793600 as "793 600". */
export const count = (value: number): string => whole.format(value).replaceAll(",", thinSpace);

/** "1 image", "793 600 images". */
export const images = (value: number): string => `${count(value)} ${value === 1 ? "image" : "images"}`;

/** Three significant digits: "0.0123", "24.1", "1 230". */
export const number = (value: number): string =>
  Number.isFinite(value) ? short.format(value).replaceAll(",", thinSpace) : String(value);

/** A length of time, rounded as an estimate may be: "50 s", "6 min", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 1) return "1 s";
  if (seconds < 10) return `${Math.round(seconds)} s`;
  if (seconds < 55) return `${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${Math.max(1, minutes)} min`;
  const tens = Math.round(seconds / 600) * 10;
  if (tens < 24 * 60) return `${Math.floor(tens / 60)} h ${tens % 60} min`;
  const days = Math.round(seconds / 86_400);
  return days === 1 ? "1 day" : `${days} days`;
}

/** How long it is since: "3 s ago". */
export const ago = (seconds: number): string => `${duration(seconds)} ago`;

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** When something was, with how long that is ago: "14:02 (3 min ago)", and its day if that was another. */
export function moment(date: Date, now: number): string {
  const sameDay = new Date(now).toDateString() === date.toDateString();
  const format = sameDay ? clockTime : dayAndTime;
  return `${format.format(date)} (${ago(Math.max(0, now - date.getTime()) / 1000)})`;
}

/** Memory: "48 MB". */
export function bytes(value: number): string {
  if (value < 1e6) return `${count(Math.round(value / 1e3))} kB`;
  if (value < 1e9) return `${number(value / 1e6)} MB`;
  return `${number(value / 1e9)} GB`;
}

/** "16×16". */
export const square = (resolution: number): string => `${resolution}×${resolution}`;

/** A value of a setting: "on", "0.001", "WGAN-GP" stays as given. */
export function settingValue(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : String(value);
  return value === "" ? "none" : value;
}
