import { Combobox, ComboboxItem, ComboboxList, ComboboxProvider, Dialog } from "@ariakit/react";
import { startTransition, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { Icon } from "~/components/Icon";
import { kindsStore } from "~/data/kinds";
import { Store, useStore } from "~/data/store";
import { commandsFor, match } from "./commands";

const open = new Store(false);

export function openPalette(): void {
  open.set(true);
}

/** Finds pages, kinds and actions by a few letters. */
export function Palette() {
  const isOpen = useStore(open);
  return (
    <Dialog
      open={isOpen}
      onClose={() => open.set(false)}
      className="dialog palette"
      aria-label="Command palette"
      backdrop={<div className="backdrop" />}
      preventBodyScroll={false}
      unmountOnHide
    >
      {isOpen && <PaletteBody />}
    </Dialog>
  );
}

function PaletteBody() {
  const [, navigate] = useLocation();
  const { kinds } = useStore(kindsStore);
  const [text, setText] = useState("");
  const commands = useMemo(() => commandsFor(kinds, navigate), [kinds, navigate]);
  const found = useMemo(() => match(commands, text).slice(0, 60), [commands, text]);
  return (
    <ComboboxProvider
      open
      resetValueOnHide
      setValue={value => startTransition(() => setText(value))}
      includesBaseElement={false}
    >
      <Combobox
        autoSelect="always"
        autoFocus
        className="palette-input"
        placeholder="Type a kind, a page or an action"
        aria-label="Search kinds, pages and actions"
      />
      <ComboboxList className="palette-list" alwaysVisible>
        {found.map(command => (
          <ComboboxItem
            key={command.id}
            className="palette-item"
            value={command.id}
            setValueOnClick={false}
            hideOnClick={false}
            focusOnHover
            onClick={() => {
              open.set(false);
              command.run();
            }}
          >
            <Icon name={command.icon} />
            <span className="truncate">{command.label}</span>
            <span className="hint">{command.hint}</span>
          </ComboboxItem>
        ))}
        {!found.length && <p className="palette-item muted">Nothing is called so.</p>}
      </ComboboxList>
      <p className="palette-foot">
        <span>
          <kbd className="kbd">↑</kbd> <kbd className="kbd">↓</kbd> choose
        </span>
        <span>
          <kbd className="kbd">Enter</kbd> go
        </span>
        <span>
          <kbd className="kbd">Esc</kbd> close
        </span>
      </p>
    </ComboboxProvider>
  );
}
