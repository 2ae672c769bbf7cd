import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The design tokens in the editor: custom properties reach into its shadow root. */
export const editorTheme = [
  EditorView.theme({
    "&": { height: "100%", fontSize: "12.5px", backgroundColor: "var(--surface)", color: "var(--text)" },
    "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
    ".cm-content": { caretColor: "var(--text)" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    ".cm-gutters": {
      backgroundColor: "var(--surface-2)",
      color: "var(--text-3)",
      borderRight: "1px solid var(--line)",
    },
    ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection":
      {
        backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
      },
    ".cm-tooltip": {
      backgroundColor: "var(--surface)",
      color: "var(--text)",
      border: "1px solid var(--line)",
      borderRadius: "8px",
      boxShadow: "var(--shadow-l)",
      maxWidth: "480px",
    },
    ".cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
    ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
      backgroundColor: "var(--accent-soft)",
      color: "var(--text)",
    },
    ".cm-completionDetail": { color: "var(--text-2)" },
    ".cm-completionInfo": { padding: "8px 10px", whiteSpace: "pre-line" },
    ".cm-diagnostic": { padding: "4px 10px" },
    ".cm-panels": { backgroundColor: "var(--surface-2)", color: "var(--text)" },
    ".cm-foldPlaceholder": { backgroundColor: "var(--surface-3)", color: "var(--text-2)", border: "0" },
    ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--syntax-key)" },
      { tag: [tags.string, tags.special(tags.string)], color: "var(--syntax-string)" },
      { tag: tags.number, color: "var(--syntax-number)" },
      { tag: [tags.bool, tags.null, tags.keyword, tags.atom], color: "var(--syntax-atom)" },
      { tag: tags.comment, color: "var(--syntax-comment)", fontStyle: "italic" },
      { tag: tags.invalid, color: "var(--bad)" },
    ]),
  ),
];
