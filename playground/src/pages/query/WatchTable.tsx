import { useState } from "react";
import { Icon } from "~/components/Icon";
import { at, type Json, stringifyJson } from "~/data/json";
import { useStore } from "~/data/store";
import { type WatchedEvent, watched } from "./watched";

const TONES: Record<string, string> = { ADDED: "good", MODIFIED: "info", DELETED: "bad", LEFT: "warn" };

/** The events of the watch that runs, as a table that can be held, and what each of them changed. */
export function WatchTable() {
  const { events, isRunning, isPaused, missed } = useStore(watched.state);
  const [chosen, setChosen] = useState<WatchedEvent>();
  if (!isRunning && !events.length) return null;
  return (
    <section className="watch-table" aria-label="Events of the watch">
      <header className="row">
        <h2>Events</h2>
        <span className={isRunning ? "live-sign live" : "live-sign"}>{isRunning ? "Watching" : "Ended"}</span>
        <button type="button" className="button small" onClick={() => watched.pause(!isPaused)}>
          <Icon name={isPaused ? "play" : "pause"} /> {isPaused ? `Go on (${missed} waiting)` : "Pause"}
        </button>
      </header>
      <div className="watch-panes">
        <div className="scroll" tabIndex={0} role="region" aria-label="Events">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">Resource</th>
                <th scope="col">Changed</th>
              </tr>
            </thead>
            <tbody>
              {events.slice(0, 200).map(event => (
                <tr key={`${event.resourceVersion} ${event.at} ${nameOf(event)}`}>
                  <td>
                    <button
                      type="button"
                      className={`badge ${TONES[event.type] ?? ""}`}
                      onClick={() => setChosen(event)}
                    >
                      {event.type}
                    </button>
                  </td>
                  <td>{nameOf(event)}</td>
                  <td className="mono">{event.changedPaths.slice(0, 3).join(" ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {chosen && <Diff event={chosen} />}
      </div>
    </section>
  );
}

function nameOf({ object }: WatchedEvent): string {
  const metadata = at(object, "metadata") ?? at(object, "raw", "metadata");
  const [namespace, name] = [at(metadata, "namespace"), at(metadata, "name")];
  return [namespace, name].filter(part => typeof part === "string").join("/");
}

/** What an event changed, line by line. */
function Diff({ event }: { event: WatchedEvent }) {
  const lines = diffLines(textOf(event.previous), textOf(event.object));
  return (
    <pre className="diff scroll" tabIndex={0} role="region" aria-label="What changed">
      {lines.slice(0, 600).map(({ sign, text }, index) => (
        <span key={index} className={sign === "+" ? "added" : sign === "-" ? "removed" : undefined}>
          {sign} {text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function textOf(value: Json): string[] {
  if (value === null) return [];
  return stringifyJson(at(value, "raw") ?? value, 2)
    .split("\n")
    .slice(0, 5_000);
}

export interface DiffLine {
  sign: "+" | "-" | " ";
  text: string;
}

const CONTEXT = 3;

/** Returns what differs between two texts with a few lines around: their common beginning and end are cut. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const lines = (texts: readonly string[], sign: DiffLine["sign"]) => texts.map(text => ({ sign, text }));
  return [
    ...lines(before.slice(Math.max(0, start - CONTEXT), start), " "),
    ...lines(before.slice(start, before.length - end), "-"),
    ...lines(after.slice(start, after.length - end), "+"),
    ...lines(after.slice(after.length - end, after.length - end + CONTEXT), " "),
  ];
}
