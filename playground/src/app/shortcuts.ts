/** Keys that work on every page. Two keys in a row are written with a space. */
export interface Shortcut {
  keys: string;
  label: string;
  run: () => void;
}

const PAUSE_MILLISECONDS = 1_200;

/** Listens for shortcuts; returns how to stop. What is typed into a field is not listened to, but for Ctrl and Cmd. */
export function listen(shortcuts: () => readonly Shortcut[]): () => void {
  let first = "";
  let at = 0;
  const onKey = (event: KeyboardEvent) => {
    const key = nameOf(event);
    if (!key || event.defaultPrevented || (isTyping(event.composedPath()[0]) && !key.startsWith("mod+")))
      return;
    const pair = event.timeStamp - at < PAUSE_MILLISECONDS ? `${first} ${key}` : key;
    const found =
      shortcuts().find(({ keys }) => keys === pair) ?? shortcuts().find(({ keys }) => keys === key);
    first = found ? "" : key;
    at = event.timeStamp;
    if (!found) return;
    event.preventDefault();
    found.run();
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function nameOf(event: KeyboardEvent): string | undefined {
  if (event.altKey || event.isComposing || event.key === undefined) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

function isTyping(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role=textbox], .CodeMirror") !== null
  );
}
