import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { editorTheme } from "./theme";

export type { Diagnostic } from "@codemirror/lint";

interface CodeEditorProps {
  label: string;
  language: "yaml" | "json";
  value: string;
  onChange?: (text: string) => void;
  diagnostics?: readonly Diagnostic[];
  completion?: CompletionSource | undefined;
  readOnly?: boolean;
}

/** A text editor. It lives in a shadow root, where its styles need no style element. */
export default function CodeEditor(props: CodeEditorProps) {
  const { value, language, diagnostics, label, readOnly = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const languageOf = useRef(new Compartment());
  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes later is told to it below
  useEffect(() => {
    const root = host.current?.shadowRoot ?? host.current?.attachShadow({ mode: "open" });
    if (!root) return;
    const state = EditorState.create({
      doc: latest.current.value,
      extensions: [
        ...BASE,
        languageOf.current.of(languages[language]()),
        autocompletion({ override: [context => latest.current.completion?.(context) ?? null] }),
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
        }),
      ],
    });
    view.current = new EditorView({ state, parent: root, root });
    return () => view.current?.destroy();
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: languageOf.current.reconfigure(languages[language]()) });
  }, [language]);
  useEffect(() => replaceText(view.current, value), [value]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const end = editor.state.doc.length;
    const inside = (diagnostics ?? []).map(one => ({
      ...one,
      from: Math.min(one.from, end),
      to: Math.min(one.to, end),
    }));
    editor.dispatch(setDiagnostics(editor.state, inside));
  }, [diagnostics]);
  return <div className="code-editor" ref={host} />;
}

const languages = { yaml: () => yaml(), json: () => json() };

const BASE: Extension[] = [
  lineNumbers(),
  history(),
  foldGutter(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  lintGutter(),
  EditorView.lineWrapping,
  keymap.of([
    ...defaultKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
  ...editorTheme,
];

/** Changes only what differs, so that the cursor stays where it is. */
function replaceText(view: EditorView | undefined, text: string): void {
  const before = view?.state.doc.toString();
  if (!view || before === undefined || before === text) return;
  let from = 0;
  while (from < before.length && from < text.length && before[from] === text[from]) from += 1;
  let end = 0;
  const most = Math.min(before.length, text.length) - from;
  while (end < most && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  view.dispatch({ changes: { from, to: before.length - end, insert: text.slice(from, text.length - end) } });
}
