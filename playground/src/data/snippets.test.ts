import { expect, test } from "vitest";
import { LANGUAGES, snippetOf } from "./snippets";

const nasty = {
  document: 'query { a(b: "\'`${x}\\n") }',
  variables: { big: 9007199254740993n, text: "it's" },
};

test.each(LANGUAGES)("%s names the server, and nothing ends a text too early", language => {
  const text = snippetOf(language, nasty, "http://127.0.0.1:8000");
  expect(text).toContain("http://127.0.0.1:8000/graphql");
  expect(text).toContain("9007199254740993");
});

test("a quote in a body does not end the argument of curl", () => {
  expect(snippetOf("curl", nasty, "http://h")).toContain("it'\\''s");
});

test("backticks and placeholders are escaped in JavaScript", () => {
  expect(snippetOf("JavaScript", nasty, "http://h")).toContain("\\`\\${x}");
});

test("subscriptions are streamed in each language", () => {
  const call = { document: "subscription { watchBoxes { type } }", variables: {} };
  expect(snippetOf("curl", call, "http://h")).toContain("text/event-stream");
  expect(snippetOf("Python", call, "http://h")).toContain("httpx.stream");
  expect(snippetOf("JavaScript", call, "http://h")).toContain("ws://h/graphql");
});
