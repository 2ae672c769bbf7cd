const UNITS = [
  { seconds: 86_400 * 365, sign: "y" },
  { seconds: 86_400, sign: "d" },
  { seconds: 3_600, sign: "h" },
  { seconds: 60, sign: "m" },
  { seconds: 1, sign: "s" },
] as const;

/** Returns an age as tables of consoles show it: `5s`, `3m`, `4d`; what is ahead of us gets `in`. */
export function ageOf(time: string, now: number): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) return time;
  const seconds = Math.round((now - then) / 1000);
  const age = Math.abs(seconds);
  const unit = UNITS.find(candidate => age >= candidate.seconds) ?? UNITS[UNITS.length - 1]!;
  const text = `${Math.floor(age / unit.seconds)}${unit.sign}`;
  return seconds < -5 ? `in ${text}` : seconds <= 0 ? "0s" : text;
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Returns a date-time in the reader's own zone and manner; what is none, as it is. */
export function localTime(time: string): string {
  const then = Date.parse(time);
  return Number.isNaN(then) ? time : FORMAT.format(then);
}
