import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isEqual, isObject, type Json, type JsonObject, parseJson, stringifyJson } from "~/data/json";
import type { Fault } from "~/data/writing";
import type { Diagnostic } from "./CodeEditor";
import { locate, type ParsedText, parseText, rewrite, write } from "./documents";

export type TextLanguage = "yaml" | "json";

/** A value and its text, of which either may be edited. */
export interface DraftState {
  value: JsonObject;
  text: string;
  language: TextLanguage;
  /** Whether the text can be read; where not, the value is the last that could. */
  isReadable: boolean;
  setText: (text: string) => void;
  setValue: (value: JsonObject) => void;
  setLanguage: (language: TextLanguage) => void;
  /** What is wrong, at its places in the text. */
  diagnosticsOf: (faults: readonly Fault[]) => Diagnostic[];
}

const PAUSE_MILLISECONDS = 200;
/** Above this many characters, a text is JSON: reading it as YAML would take seconds. */
export const MAX_YAML = 300_000;

export function useDraft(initial: JsonObject): DraftState {
  const [value, setValueState] = useState(initial);
  const [language, setLanguageState] = useState<TextLanguage>(() =>
    stringifyJson(initial).length > MAX_YAML ? "json" : "yaml",
  );
  const [text, setTextState] = useState(() => textOf(initial, language));
  const [parsed, setParsed] = useState<ParsedText | undefined>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const read = useCallback((next: string, as: TextLanguage) => {
    const result = as === "json" && next.length > MAX_YAML ? parseLarge(next) : parseText(next);
    setParsed(result);
    if (isObject(result.value)) setValueState(result.value);
  }, []);

  const setText = (next: string) => {
    setTextState(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => read(next, language), PAUSE_MILLISECONDS);
  };
  const setValue = (next: JsonObject) => {
    if (isEqual(next, value)) return;
    const written = language === "json" ? stringifyJson(next, 2) : rewrite(text, value, next);
    setValueState(next);
    setTextState(written);
    read(written, language);
  };
  const setLanguage = (next: TextLanguage) => {
    setLanguageState(next);
    const written = textOf(value, next);
    setTextState(written);
    read(written, next);
  };
  const document = useMemo(
    () => parsed ?? (text.length > MAX_YAML ? parseLarge(text) : parseText(text)),
    [parsed, text],
  );
  const diagnosticsOf = (faults: readonly Fault[]): Diagnostic[] => [
    ...document.problems.map(problem => ({ ...problem, severity: "error" as const })),
    ...(document.problems.length ? [] : faults).map(({ path, message }) => ({
      ...locate(document.document, path),
      severity: "error" as const,
      message: path ? `${path}: ${message}` : message,
    })),
  ];
  return {
    value,
    text,
    language,
    isReadable: document.problems.length === 0,
    setText,
    setValue,
    setLanguage,
    diagnosticsOf,
  };
}

function textOf(value: Json, language: TextLanguage): string {
  return language === "json" ? stringifyJson(value, 2) : write(value);
}

/** Large JSON is read by the browser itself, which tells no places. */
function parseLarge(text: string): ParsedText {
  const { document } = parseText("");
  try {
    return { value: parseJson(text), problems: [], document };
  } catch (error) {
    return { value: undefined, problems: [{ from: 0, to: 1, message: String(error) }], document };
  }
}
