import { useState } from "react";
import { LongText } from "~/components/LongText";
import type { RawDefinition } from "~/data/definition";
import { stringifyJson } from "~/data/json";

const PARTS = ["schema", "statusSchema", "extraFields", "rules", "migrations"] as const;

/** The schemas of a definition as they were written. */
export function SchemaView({ definition }: { definition: RawDefinition }) {
  const parts = PARTS.filter(part => definition.spec[part] !== undefined && definition.spec[part] !== null);
  const [chosen, setChosen] = useState<string>(parts[0] ?? "schema");
  return (
    <section className="card">
      <header>
        <h2>
          <select
            className="input"
            aria-label="Part of the definition"
            value={chosen}
            onChange={event => setChosen(event.target.value)}
          >
            {parts.map(part => (
              <option key={part}>{part}</option>
            ))}
          </select>
        </h2>
      </header>
      <LongText label={`${chosen} as JSON`} text={stringifyJson(definition.spec[chosen] ?? null, 2)} />
    </section>
  );
}
