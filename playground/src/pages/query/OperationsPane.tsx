import { useEditorContext } from "@graphiql/react";
import { useState } from "react";
import { Icon } from "~/components/Icon";
import { kindsStore } from "~/data/kinds";
import { type Operation, operationsOf } from "~/data/operations";
import { useStore } from "~/data/store";
import { search } from "../kinds/search";

const MAX_SHOWN = 40;

/** Ready-made operations of each kind, one click away. */
export function OperationsPane() {
  const { kinds } = useStore(kindsStore);
  const [text, setText] = useState("");
  const open = useOpenOperation();
  const found = search([...kinds.values()], text);
  return (
    <section className="operations-pane" aria-label="Ready-made operations">
      <h2>Operations</h2>
      <input
        type="search"
        className="input"
        aria-label="Search kinds"
        placeholder="Search kinds"
        value={text}
        onChange={event => setText(event.target.value)}
      />
      {found.slice(0, MAX_SHOWN).map(kind => (
        <details key={kind.name} open={found.length === 1}>
          <summary>
            {kind.kind} <span className="muted">{kind.group}</span>
          </summary>
          <div className="row">
            {operationsOf(kind).map(operation => (
              <button
                key={operation.key}
                type="button"
                className="button small"
                onClick={() => open(operation)}
              >
                {operation.label}
              </button>
            ))}
          </div>
        </details>
      ))}
      {found.length > MAX_SHOWN && <p className="muted">and {found.length - MAX_SHOWN} more kinds</p>}
    </section>
  );
}

/** Returns how an operation is put into the editor: into this tab where it is empty, else into one of its own. */
export function useOpenOperation(): (operation: Pick<Operation, "document" | "variables">) => void {
  const { queryEditor, variableEditor, addTab } = useEditorContext({ nonNull: true });
  return ({ document, variables }) => {
    if (queryEditor?.getValue().trim()) addTab();
    // A new tab empties the editors first.
    setTimeout(() => {
      queryEditor?.setValue(document);
      variableEditor?.setValue(JSON.stringify(variables, null, 2));
    });
  };
}

export function OperationsIcon() {
  return <Icon name="kinds" />;
}
