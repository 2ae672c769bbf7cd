import { stringifyJson } from "./json";

export interface Call {
  document: string;
  variables: Record<string, unknown>;
}

export const LANGUAGES = ["curl", "Python", "JavaScript"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Returns a program that sends an operation to a server, to be pasted as it is. */
export function snippetOf(language: Language, { document, variables }: Call, origin: string): string {
  const isSubscription = /^\s*subscription\b/m.test(document);
  const url = `${origin}/graphql`;
  if (language === "curl") return curl(document, variables, url, isSubscription);
  if (language === "Python") return python(document, variables, url, isSubscription);
  return javascript(document, variables, url, isSubscription);
}

function curl(
  query: string,
  variables: Record<string, unknown>,
  url: string,
  isSubscription: boolean,
): string {
  const body = stringifyJson({ query, variables }, 2).replaceAll("'", "'\\''");
  const stream = isSubscription ? " -N -H 'accept: text/event-stream'" : "";
  return `curl -s${stream} '${url}' -H 'content-type: application/json' --data-binary '${body}'\n`;
}

function python(
  query: string,
  variables: Record<string, unknown>,
  url: string,
  isSubscription: boolean,
): string {
  const head = `import json\n\nimport httpx\n\nquery = ${pythonText(query)}\nvariables = json.loads(${pythonText(stringifyJson(variables, 2))})\n`;
  if (!isSubscription) {
    return `${head}\nanswer = httpx.post("${url}", json={"query": query, "variables": variables}).json()\nprint(json.dumps(answer, indent=2))\n`;
  }
  return `${head}
body = {"query": query, "variables": variables}
with httpx.stream("POST", "${url}", json=body, headers={"accept": "text/event-stream"}, timeout=None) as stream:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            print(line.removeprefix("data: "))
`;
}

function javascript(
  query: string,
  variables: Record<string, unknown>,
  url: string,
  isSubscription: boolean,
): string {
  const head = `const query = ${javascriptText(query)};\nconst variables = ${stringifyJson(variables, 2)};\n`;
  if (!isSubscription) {
    return `${head}
const response = await fetch("${url}", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query, variables }),
});
console.log(await response.json());
`;
  }
  return `import { createClient } from "graphql-ws";

${head}
const client = createClient({ url: "${url.replace(/^http/, "ws")}" });
for await (const result of client.iterate({ query, variables })) {
  console.log(result);
}
`;
}

function pythonText(text: string): string {
  return `r"""${text}"""`.includes('\\"""') ||
    text.includes('"""') ||
    text.endsWith('"') ||
    text.endsWith("\\")
    ? JSON.stringify(text)
    : `r"""${text}"""`;
}

function javascriptText(text: string): string {
  return `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
}
