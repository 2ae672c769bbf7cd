import { useEffect, useState } from "react";
import { ageOf, localTime } from "~/data/times";

/** How long ago something was, in words that stay true; the local time is told on hover. */
export function Age({ time }: { time: string | null | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (!time) return <span className="muted">–</span>;
  return (
    <time dateTime={time} title={localTime(time)}>
      {ageOf(time, now)}
    </time>
  );
}

/** A point in time in the reader's own zone. */
export function LocalTime({ time }: { time: string | null | undefined }) {
  if (!time) return <span className="muted">–</span>;
  return (
    <time dateTime={time} title={time}>
      {localTime(time)}
    </time>
  );
}
