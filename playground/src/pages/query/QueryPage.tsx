import { explorerPlugin } from "@graphiql/plugin-explorer";
import { type GraphiQLPlugin, useEditorContext } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "~/styles/query.css";
import { recentKinds } from "~/app/recent";
import { isDark, theme } from "~/app/theme";
import { CopyAs } from "~/components/CopyAs";
import { type Kind, kindsStore } from "~/data/kinds";
import { operationsOf } from "~/data/operations";
import { useStore } from "~/data/store";
import { fetcher } from "./fetcher";
import { OperationsIcon, OperationsPane, useOpenOperation } from "./OperationsPane";
import { useSchema } from "./useSchema";
import { WatchTable } from "./WatchTable";

const explorer = explorerPlugin({ showAttribution: false });
const operations: GraphiQLPlugin = { title: "Operations", icon: OperationsIcon, content: OperationsPane };
const PLUGINS = [operations, explorer];

const WELCOME = `# Press Ctrl-Enter to run. Ctrl-Space completes, and the panes on the left
# have ready-made operations of each kind, an explorer, docs and the history.
{
  server { version startedAt }
  resourceDefinitions(first: 10) {
    totalCount
    nodes { metadata { name } status { storedResources } }
  }
}
`;

/** GraphiQL, whose schema follows the kinds. */
export default function QueryPage() {
  const [text, setText] = useState("");
  const recent = useStore(recentKinds);
  const { schema, error, isPartial } = useSchema(text, recent);
  useStore(theme);
  useEffect(() => {
    document.title = "Query · Kindgraph";
  }, []);
  return (
    <div className="query-page">
      <h1 className="visually-hidden">Query</h1>
      {error && <p className="note bad">{error}</p>}
      {isPartial && (
        <p className="note query-note">
          There are very many kinds: the editor completes those that your text names, and those you looked at
          last.
        </p>
      )}
      <GraphiQL
        fetcher={fetcher}
        schema={schema ?? null}
        plugins={PLUGINS}
        forcedTheme={isDark() ? "dark" : "light"}
        defaultQuery={WELCOME}
        onEditQuery={setText}
        dangerouslyAssumeSchemaIsValid
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
        isHeadersEditorEnabled
      >
        <GraphiQL.Logo>
          <span className="visually-hidden">GraphiQL</span>
        </GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, copy, merge }) => (
            <>
              {prettify}
              {merge}
              {copy}
              <Tools />
            </>
          )}
        </GraphiQL.Toolbar>
        <GraphiQL.Footer>
          <WatchTable />
        </GraphiQL.Footer>
      </GraphiQL>
    </div>
  );
}

function Tools() {
  const { queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const call = () => ({
    document: queryEditor?.getValue() ?? "",
    variables: parsed(variableEditor?.getValue() ?? ""),
  });
  return (
    <>
      <CopyAs iconOnly call={call} />
      <FromAddress />
    </>
  );
}

/** Opens the operation that the address names, once: `?kind=Box&operation=list`. */
function FromAddress() {
  const { kinds } = useStore(kindsStore);
  const [parameters, setParameters] = useSearchParams();
  const { queryEditor } = useEditorContext({ nonNull: true });
  const open = useOpenOperation();
  const isDone = useRef(false);
  const kind: Kind | undefined = kinds.get(parameters.get("kind") ?? "");
  const operation = kind && operationsOf(kind).find(({ key }) => key === parameters.get("operation"));
  useEffect(() => {
    if (!operation || !queryEditor || isDone.current) return;
    isDone.current = true;
    open(operation);
    setParameters({}, { replace: true });
  }, [operation, queryEditor, open, setParameters]);
  return null;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text || "{}") as Record<string, unknown>;
  } catch {
    return {};
  }
}
