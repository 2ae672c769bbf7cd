import { useEffect, useMemo, useRef, useState } from "react";
import type { Kind } from "~/data/kinds";
import type { Raw } from "~/data/rows";
import { type Verdict, verdictOf, Writer } from "~/data/writing";
import type { DraftState } from "~/editors/useDraft";

export interface JudgedVerdict extends Verdict {
  state: "unknown" | "asking" | "accepted" | "refused";
}

const PAUSE_MILLISECONDS = 400;

/** Asks the server, as one types, whether it would take the draft. */
export function useVerdict(
  kind: Kind,
  base: Raw | undefined,
  draft: DraftState,
): { verdict: JudgedVerdict; writer: Writer } {
  const { generation } = kind;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the input types are others only with another generation
  const writer = useMemo(() => new Writer(kind), [kind.name, generation]);
  const [verdict, setVerdict] = useState<JudgedVerdict>({ state: "unknown", faults: [], error: undefined });
  const asked = useRef(0);
  const { value, isReadable } = draft;
  useEffect(() => {
    if (!isReadable) return;
    const timer = setTimeout(async () => {
      asked.current += 1;
      const mine = asked.current;
      let error: unknown;
      try {
        if (base) await writer.update(base, value, { dryRun: true });
        else await writer.create(value, { dryRun: true });
      } catch (problem) {
        error = problem;
      }
      // An answer that a later question has overtaken says nothing any more.
      if (mine === asked.current)
        setVerdict({ ...verdictOf(error), state: error === undefined ? "accepted" : "refused" });
    }, PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [writer, base, value, isReadable]);
  return { verdict, writer };
}
