import { useMemo, useState } from "react";
import { Link } from "wouter";
import { routes } from "~/app/routes";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { SearchField } from "~/components/SearchField";
import { Loading, State } from "~/components/State";
import { type GridColumn, VirtualGrid } from "~/components/VirtualGrid";
import { useCounts } from "~/data/counts";
import { type Kind, kindsStore } from "~/data/kinds";
import { useStore } from "~/data/store";
import { search, sortKinds } from "../kinds/search";

/** Which kind's resources one wants to see; those with most come first. */
export function ChooseKind() {
  const { phase, kinds } = useStore(kindsStore);
  const [text, setText] = useState("");
  const counts = useCounts();
  const shown = useMemo(() => {
    const found = search([...kinds.values()], text);
    return sortKinds(found, { by: "count", descending: true }, counts);
  }, [kinds, text, counts]);
  if (phase === "loading") return <Loading what="Reading kinds" />;
  const columns: GridColumn<Kind>[] = [
    {
      key: "kind",
      label: "Kind",
      width: "minmax(150px, 2fr)",
      render: kind => (
        <Link className="name" href={routes.list(kind.name)}>
          {kind.kind}
        </Link>
      ),
    },
    {
      key: "group",
      label: "Group",
      width: "minmax(110px, 2fr)",
      render: kind => <span className="muted">{kind.group || "–"}</span>,
    },
    {
      key: "count",
      label: "Resources",
      width: "110px",
      numeric: true,
      render: kind => (counts.get(kind.name) ?? kind.stored).toLocaleString(),
    },
  ];
  return (
    <div className="page-body fill">
      <PageHead title="Resources" below="Choose a kind" />
      <SearchField label="Search kinds" value={text} onChange={setText} />
      {shown.length ? (
        <VirtualGrid label="Kinds" columns={columns} rows={shown} keyOf={kind => kind.name} />
      ) : (
        <State
          icon="empty"
          title="No kind is like this"
          actions={
            <Link className="button" href={routes.newKind}>
              <Icon name="plus" /> Define a kind
            </Link>
          }
        />
      )}
    </div>
  );
}
