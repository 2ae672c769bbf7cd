import { Refused, Unreachable, type WireError } from "./errors";
import { type Json, parseJson, stringifyJson } from "./json";

export type Variables = Record<string, unknown>;

export interface Answer<Data> {
  data: Data;
  extensions: Record<string, unknown>;
  /** Characters of the answer, by which pages of lists choose their size. */
  size: number;
}

/** Sends one query or mutation.
 *
 * @throws Refused where the server answers with errors, Unreachable where it does not answer.
 */
export async function send<Data>(
  query: string,
  variables: Variables = {},
  signal?: AbortSignal,
): Promise<Answer<Data>> {
  const { text, status } = await post(stringifyJson({ query, variables }), signal);
  const answer = read(text, status);
  if (answer.errors?.length) throw new Refused(answer.errors, answer.extensions);
  return { data: answer.data as Data, extensions: answer.extensions ?? {}, size: text.length };
}

/** As `send`, for those who want the data alone. */
export async function request<Data>(
  query: string,
  variables: Variables = {},
  signal?: AbortSignal,
): Promise<Data> {
  return (await send<Data>(query, variables, signal)).data;
}

interface WireAnswer {
  data?: Json;
  errors?: WireError[];
  extensions?: Record<string, unknown>;
}

async function post(body: string, signal?: AbortSignal): Promise<{ text: string; status: number }> {
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
      body,
      ...(signal ? { signal } : {}),
    });
    return { text: await response.text(), status: response.status };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("The server does not answer.");
  }
}

function read(text: string, status: number): WireAnswer {
  try {
    const answer = parseJson(text) as unknown as WireAnswer;
    if (answer && typeof answer === "object" && ("data" in answer || "errors" in answer)) return answer;
  } catch {
    // Not JSON: a proxy's page, or a server that is going down.
  }
  throw new Unreachable(`The server answered with status ${status}.`, status);
}
