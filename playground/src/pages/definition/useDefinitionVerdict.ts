import { useEffect, useRef, useState } from "react";
import type { RawDefinition } from "~/data/definition";
import { type DefinitionVerdict, judge } from "~/data/judging";
import type { DraftState } from "~/editors/useDraft";

export type PendingVerdict = Omit<DefinitionVerdict, "state"> & {
  state: DefinitionVerdict["state"] | "asking";
};

const PAUSE_MILLISECONDS = 500;
const NOTHING: PendingVerdict = {
  state: "asking",
  faults: [],
  error: undefined,
  changes: [],
  refusals: undefined,
};

/** Asks the server, as one types, what it says of the definition; the newest question wins. */
export function useDefinitionVerdict(
  base: RawDefinition | undefined,
  draft: DraftState,
  allowBreaking: boolean,
): PendingVerdict {
  const [verdict, setVerdict] = useState(NOTHING);
  const asked = useRef(0);
  const { value, isReadable } = draft;
  useEffect(() => {
    if (!isReadable) return;
    const timer = setTimeout(async () => {
      asked.current += 1;
      const mine = asked.current;
      const said = await judge(base, value, allowBreaking);
      if (mine === asked.current) setVerdict(said);
    }, PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [base, value, isReadable, allowBreaking]);
  return verdict;
}
