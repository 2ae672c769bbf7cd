import { Dialog, DialogDismiss, DialogHeading } from "@ariakit/react";
import { useEffect } from "react";
import { useLocation } from "wouter";
import { Icon } from "~/components/Icon";
import { Store, useStore } from "~/data/store";
import { openPalette } from "./Palette";
import { routes } from "./routes";
import { listen, type Shortcut } from "./shortcuts";
import { nextTheme, setTheme, theme } from "./theme";

const open = new Store(false);

export function openShortcuts(): void {
  open.set(true);
}

/** Listens for the keys of every page, and lists them. */
export function Shortcuts() {
  const isOpen = useStore(open);
  const [, navigate] = useLocation();
  useEffect(() => listen(() => all(navigate)), [navigate]);
  return (
    <Dialog
      open={isOpen}
      onClose={() => open.set(false)}
      className="dialog"
      backdrop={<div className="backdrop" />}
      preventBodyScroll={false}
    >
      <header>
        <DialogHeading render={<h2 />}>Keyboard shortcuts</DialogHeading>
        <DialogDismiss className="button quiet icon">
          <Icon name="close" label="Close" />
        </DialogDismiss>
      </header>
      <div className="body">
        <table className="plain-table">
          <tbody>
            {all(navigate).map(({ keys, label }) => (
              <tr key={keys}>
                <td>{label}</td>
                <td className="nowrap">
                  <Keys keys={keys} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}

function Keys({ keys }: { keys: string }) {
  const mod = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
  return (
    <span className="row">
      {keys.split(/[ +]/).map(key => (
        <kbd className="kbd" key={key}>
          {key === "mod" ? mod : key.length === 1 ? key.toUpperCase() : key}
        </kbd>
      ))}
    </span>
  );
}

function all(navigate: (to: string) => void): Shortcut[] {
  const go = (to: string) => () => navigate(to);
  return [
    { keys: "mod+k", label: "Command palette", run: () => openPalette() },
    { keys: "/", label: "Search on this page", run: focusSearch },
    { keys: "?", label: "This list", run: openShortcuts },
    { keys: "g h", label: "Go to the overview", run: go(routes.home) },
    { keys: "g k", label: "Go to kinds", run: go(routes.kinds) },
    { keys: "g r", label: "Go to resources", run: go(routes.resources) },
    { keys: "g q", label: "Go to the query editor", run: go(routes.query) },
    { keys: "g e", label: "Go to events", run: go(routes.events) },
    { keys: "g c", label: "Go to controllers", run: go(routes.controllers) },
    { keys: "n k", label: "Define a kind", run: go(routes.newKind) },
    { keys: "t", label: "Switch colours: system, light, dark", run: () => setTheme(nextTheme(theme.get())) },
  ];
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (field) field.focus();
  else openPalette();
}
