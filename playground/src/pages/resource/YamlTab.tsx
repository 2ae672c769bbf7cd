import { useEffect, useState } from "react";
import { toast } from "~/app/toasts";
import { copyText } from "~/components/CopyAs";
import { Icon } from "~/components/Icon";
import { LongText } from "~/components/LongText";
import { Loading } from "~/components/State";
import type { Json } from "~/data/json";
import type { Raw } from "~/data/rows";
import { toYaml } from "~/editors/yaml";

/** The whole resource as YAML, as `kindgraph get -o yaml` shows it. */
export function YamlTab({ raw }: { raw: Raw }) {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    void toYaml(raw as unknown as Json).then(yaml => isCurrent && setText(yaml));
    return () => {
      isCurrent = false;
    };
  }, [raw]);
  if (text === undefined) return <Loading what="Writing YAML" />;
  return (
    <section className="card">
      <header>
        <h2>YAML</h2>
        <button
          type="button"
          className="button small"
          onClick={() => void copyText(text).then(() => toast("Copied as YAML"))}
        >
          <Icon name="copy" /> Copy
        </button>
      </header>
      <LongText label="The resource as YAML" text={text} />
    </section>
  );
}
