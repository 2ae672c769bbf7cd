import { Refused, Unreachable, type WireError } from "./errors";
import { type JsonObject, stringifyJson } from "./json";

/** Returns the SDL that a definition would add to the schema.
 *
 * @throws Refused where the definition cannot be honoured.
 */
export async function previewSdl(spec: JsonObject, signal?: AbortSignal): Promise<string> {
  const response = await fetch("/schema.graphql/preview", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: stringifyJson({ spec }),
    ...(signal ? { signal } : {}),
  });
  if (response.ok) return response.text();
  const answer = (await response.json().catch(() => undefined)) as { errors?: WireError[] } | undefined;
  if (answer?.errors) throw new Refused(answer.errors);
  throw new Unreachable(`The server answered with status ${response.status}.`, response.status);
}
