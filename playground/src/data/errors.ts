/** Why a request was not answered with data.
 *
 *   Failed
 *   ├── Refused        the server answered with errors of GraphQL
 *   └── Unreachable    there was no answer, or none that is GraphQL
 */
export class Failed extends Error {}

export interface Failure {
  path: string;
  keyword: string;
  message: string;
}

/** One error of GraphQL, as docs/graphql.md describes it. */
export interface WireError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; retryable?: boolean; failures?: Failure[]; [key: string]: unknown };
}

export class Refused extends Failed {
  readonly errors: readonly WireError[];
  /** Extensions of the answer as a whole, such as `changes` of an update of a definition. */
  readonly extensions: Record<string, unknown>;

  constructor(errors: readonly WireError[], extensions: Record<string, unknown> = {}) {
    super(errors.map(error => error.message).join("\n"));
    this.errors = errors;
    this.extensions = extensions;
  }

  get code(): string {
    return this.errors[0]?.extensions?.code ?? "INTERNAL";
  }

  get retryable(): boolean {
    return this.errors[0]?.extensions?.retryable === true;
  }

  get failures(): readonly Failure[] {
    return this.errors.flatMap(error => error.extensions?.failures ?? []);
  }

  /** The position to go on from, where a watch has ended. */
  get resourceVersion(): string | undefined {
    const position = this.errors[0]?.extensions?.["resourceVersion"];
    return typeof position === "string" ? position : undefined;
  }
}

export class Unreachable extends Failed {
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Returns the code of an error, for those who treat some apart. */
export function codeOf(error: unknown): string {
  if (error instanceof Refused) return error.code;
  return error instanceof Unreachable ? "UNREACHABLE" : "INTERNAL";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
