import { Dialog, DialogDismiss, DialogHeading } from "@ariakit/react";
import { useState } from "react";
import { Icon } from "~/components/Icon";
import { messageOf } from "~/data/errors";
import { importDefinition } from "~/data/importing";
import type { JsonObject } from "~/data/json";
import { parseText } from "~/editors/documents";

interface ImportDialogProps {
  onClose: () => void;
  onImport: (spec: JsonObject) => void;
}

/** Takes a pasted CRD, definition or JSON Schema. */
export function ImportDialog({ onClose, onImport }: ImportDialogProps) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const take = () => {
    const { value, problems } = parseText(text);
    try {
      if (problems[0]) throw new Error(problems[0].message);
      onImport(importDefinition(value));
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      className="dialog"
      backdrop={<div className="backdrop" />}
      preventBodyScroll={false}
    >
      <header>
        <DialogHeading render={<h2 />}>Import a definition</DialogHeading>
        <DialogDismiss className="button quiet icon">
          <Icon name="close" label="Close" />
        </DialogDismiss>
      </header>
      <div className="body stack">
        <p className="muted">Paste a Kubernetes CRD, a JSON Schema or a definition, as YAML or JSON.</p>
        <textarea
          className="input mono import-text"
          aria-label="What to import"
          value={text}
          spellCheck={false}
          onChange={event => setText(event.target.value)}
        />
        {error && (
          <p className="note bad" role="alert">
            {error}
          </p>
        )}
      </div>
      <footer>
        <DialogDismiss className="button">Cancel</DialogDismiss>
        <button type="button" className="button primary" disabled={!text.trim()} onClick={take}>
          Import
        </button>
      </footer>
    </Dialog>
  );
}
