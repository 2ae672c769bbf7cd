import { type Answer, send } from "./http";
import type { Kind } from "./kinds";
import type { Raw } from "./rows";

interface Deleted {
  metadata: { name: string; deletionRequestedAt: string | null; finalizers: string[] };
}

/** What becomes of what the deleted resource owns; docs/deletion.md has the rules. */
export type Propagation = "BACKGROUND" | "FOREGROUND" | "ORPHAN";

/** Deletes a resource, or says what would become of that.
 *
 * @throws Refused with `CONFLICT`, and `referrers` in its extensions, where others hold it.
 */
export async function deleteResource(
  kind: Kind,
  raw: Raw,
  { dryRun, propagation }: { dryRun: boolean; propagation: Propagation },
): Promise<Answer<Record<string, Deleted | null>>> {
  const namespaced = kind.scope !== "CLUSTER";
  const [declared, passed] = namespaced ? ["$namespace: String, ", "namespace: $namespace, "] : ["", ""];
  const document = `mutation Delete(${declared}$name: String!, $dryRun: Boolean, $propagation: DeletionPropagation) {
    ${kind.names.delete}(${passed}name: $name, dryRun: $dryRun, propagation: $propagation) { metadata { name deletionRequestedAt finalizers } }
  }`;
  const { name, namespace } = raw.metadata;
  return send(document, { name, dryRun, propagation, ...(namespaced ? { namespace } : {}) });
}
