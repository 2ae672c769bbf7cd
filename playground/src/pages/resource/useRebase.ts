import { useEffect, useState } from "react";
import { isEqual, isObject, type Json } from "~/data/json";
import { type Conflict, merge, withValueAt } from "~/data/merge";
import type { Raw } from "~/data/rows";
import { draftOf } from "~/data/writing";
import type { DraftState } from "~/editors/useDraft";

export interface Rebased {
  /** What the draft is a change of. */
  base: Raw | undefined;
  /** Places that somebody else has changed differently meanwhile, until one of the two is chosen. */
  conflicts: readonly Conflict[];
  resolve: (conflict: Conflict, value: Json | undefined) => void;
  notice: string;
}

/** Takes what others change meanwhile into the draft: by itself where it can, by asking where both changed one place. */
export function useRebase(
  first: Raw | undefined,
  newest: Raw | null | undefined,
  draft: DraftState,
): Rebased {
  const [base, setBase] = useState(first);
  const [conflicts, setConflicts] = useState<readonly Conflict[]>([]);
  const [notice, setNotice] = useState("");
  const { value, setValue } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: happens once for each version that others make
  useEffect(() => {
    if (!newest || !base || newest.metadata.resourceVersion === base.metadata.resourceVersion) return;
    const [before, theirs] = [draftOf(base), draftOf(newest)];
    setBase(newest);
    if (isEqual(before, theirs)) return;
    const merged = merge(before, value, theirs);
    if (isObject(merged.value)) setValue(merged.value);
    setConflicts(merged.conflicts);
    setNotice(
      merged.conflicts.length
        ? "Somebody else has changed this meanwhile. Choose for each place that you both changed."
        : "Somebody else has changed this meanwhile. Their changes are in, and yours too.",
    );
  }, [newest]);
  const resolve = (conflict: Conflict, chosen: Json | undefined) => {
    const next = withValueAt(value, conflict.path, chosen);
    if (isObject(next)) setValue(next);
    setConflicts(all => all.filter(one => one !== conflict));
  };
  return { base, conflicts, resolve, notice };
}
