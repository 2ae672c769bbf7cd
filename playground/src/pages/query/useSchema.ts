import type { GraphQLSchema } from "graphql";
import { useEffect, useMemo, useState } from "react";
import { messageOf } from "~/data/errors";
import { type Kind, kindsStore } from "~/data/kinds";
import { type CutSdl, cutSdl, partialSchema, rootFields } from "~/data/partialSchema";
import { useStore } from "~/data/store";

/** More root fields than this are not given to the editor at once: only those in use and in sight are. */
const MANY = 1_500;
const PAUSE_MILLISECONDS = 400;

export interface EditorSchema {
  schema: GraphQLSchema | undefined;
  error: string;
  /** Whether the editor knows a part of the schema only. */
  isPartial: boolean;
}

/** Returns the schema as it is now; it is read again whenever a kind has changed.
 *
 * @param mentioned Names in the documents: the editor knows what they use.
 */
export function useSchema(mentioned: string, recent: readonly string[]): EditorSchema {
  const { kinds } = useStore(kindsStore);
  const [cut, setCut] = useState<CutSdl>();
  const [error, setError] = useState("");
  const fingerprint = useMemo(() => fingerprintOf(kinds), [kinds]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another fingerprint means another schema
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      read(stop.signal).then(
        text => {
          setCut(cutSdl(text));
          setError("");
        },
        problem => stop.signal.aborted || setError(messageOf(problem)),
      );
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [fingerprint]);
  const fields = useMemo(() => (cut ? rootFields(cut) : []), [cut]);
  const isPartial = fields.length > MANY;
  const wanted = isPartial ? wantedFields(fields, mentioned, recent, kinds) : "";
  const schema = useMemo(() => {
    if (!cut) return undefined;
    const names = new Set(wanted.split(" "));
    return partialSchema(cut, field => !isPartial || names.has(field));
  }, [cut, wanted, isPartial]);
  return { schema, error, isPartial };
}

async function read(signal: AbortSignal): Promise<string> {
  const response = await fetch("/schema.graphql", { signal, cache: "no-cache" });
  if (!response.ok) throw new Error(`The schema could not be read: status ${response.status}.`);
  return response.text();
}

function fingerprintOf(kinds: ReadonlyMap<string, Kind>): string {
  return [...kinds.values()].map(({ name, generation }) => `${name}:${generation}`).join(" ");
}

const GENERIC = /^(node|nodes|resource|server|watchResources|schemaChanges|recordEvent)$/;

/** Returns the fields of the kinds that a text mentions and of those that were looked at last, as one string. */
function wantedFields(
  fields: readonly string[],
  mentioned: string,
  recent: readonly string[],
  kinds: ReadonlyMap<string, Kind>,
): string {
  const words = new Set(mentioned.match(/\w+/g) ?? []);
  const used = [...kinds.values()].filter(
    ({ name, names }) => recent.includes(name) || Object.values(names).some(word => words.has(word)),
  );
  const names = new Set(used.flatMap(kind => Object.values(kind.names)));
  return fields.filter(field => GENERIC.test(field) || names.has(field) || words.has(field)).join(" ");
}
