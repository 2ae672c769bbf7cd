import { useDeferredValue, useMemo, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { routes } from "~/app/routes";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { SearchField } from "~/components/SearchField";
import { ErrorState, Loading, State } from "~/components/State";
import { Age } from "~/components/Time";
import { type GridColumn, VirtualGrid } from "~/components/VirtualGrid";
import { useCounts } from "~/data/counts";
import { type Kind, kindsStore } from "~/data/kinds";
import { useStore } from "~/data/store";
import { KindState } from "./KindState";
import { groupsOf, type KindSort, search, sortKinds } from "./search";

/** All kinds, to be found by a few letters among thousands. */
export function KindsPage() {
  const { phase, error, kinds } = useStore(kindsStore);
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.get("q") ?? "";
  const group = parameters.get("group") ?? "";
  const [sort, setSort] = useState<KindSort>({ by: "name", descending: false });
  const deferred = useDeferredValue(text);
  const counts = useCounts();
  const all = useMemo(() => [...kinds.values()], [kinds]);
  const shown = useMemo(
    () => sortKinds(search(all, deferred, group || undefined), sort, counts),
    [all, deferred, group, sort, counts],
  );
  const set = (name: string, value: string) =>
    setParameters(
      previous => {
        if (value) previous.set(name, value);
        else previous.delete(name);
        return previous;
      },
      { replace: true },
    );
  const columns = useColumns(counts, sort, setSort);
  if (phase === "failed") return <ErrorState error={new Error(error)} />;
  if (phase === "loading") return <Loading what="Reading kinds" />;
  return (
    <div className="page-body fill">
      <PageHead
        title="Kinds"
        below={`${all.length.toLocaleString()} kinds in ${groupsOf(all).length.toLocaleString()} groups`}
        actions={
          <Link className="button primary" href={routes.newKind}>
            <Icon name="plus" /> Define a kind
          </Link>
        }
      />
      <div className="row">
        <SearchField label="Search kinds" value={text} onChange={value => set("q", value)} />
        <GroupSelect kinds={all} group={group} onChange={value => set("group", value)} />
      </div>
      {shown.length ? (
        <VirtualGrid
          label="Kinds"
          columns={columns}
          rows={shown}
          keyOf={kind => kind.name}
          touchedAt={kind => kind.touchedAt}
        />
      ) : (
        <State icon="search" title="No kind is like this">
          <p>Searched in names, groups and descriptions for “{deferred}”.</p>
        </State>
      )}
      <p className="grid-foot" role="status">
        {shown.length === all.length
          ? ""
          : `${shown.length.toLocaleString()} of ${all.length.toLocaleString()} kinds`}
      </p>
    </div>
  );
}

function useColumns(
  counts: ReadonlyMap<string, number>,
  sort: KindSort,
  setSort: (sort: KindSort) => void,
): GridColumn<Kind>[] {
  const [, navigate] = useLocation();
  return useMemo(() => {
    const sorting = (by: KindSort["by"]): NonNullable<GridColumn<Kind>["sort"]> => ({
      direction: sort.by !== by ? "none" : sort.descending ? "descending" : "ascending",
      toggle: () => setSort({ by, descending: sort.by === by && !sort.descending }),
    });
    return [
      {
        key: "kind",
        label: "Kind",
        width: "minmax(170px, 2fr)",
        sort: sorting("name"),
        render: kind => (
          <Link className="name" href={routes.kind(kind.name)}>
            {kind.kind}
          </Link>
        ),
      },
      {
        key: "group",
        label: "Group",
        width: "minmax(140px, 2fr)",
        sort: sorting("group"),
        render: kind => <span className="muted">{kind.group || "–"}</span>,
      },
      {
        key: "count",
        label: "Resources",
        width: "110px",
        numeric: true,
        sort: sorting("count"),
        render: kind => (
          <Link
            className="above"
            href={routes.list(kind.name)}
            onClick={event => {
              event.preventDefault();
              navigate(routes.list(kind.name));
            }}
          >
            {(counts.get(kind.name) ?? kind.stored).toLocaleString()}
          </Link>
        ),
      },
      {
        key: "state",
        label: "State",
        width: "minmax(150px, 1.4fr)",
        render: kind => <KindState kind={kind} />,
      },
      {
        key: "scope",
        label: "Scope",
        width: "110px",
        render: kind => <span className="muted">{kind.scope === "CLUSTER" ? "Cluster" : "Namespaced"}</span>,
      },
      {
        key: "age",
        label: "Age",
        width: "80px",
        sort: sorting("age"),
        render: kind => <Age time={kind.createdAt} />,
      },
    ];
  }, [counts, sort, setSort, navigate]);
}

function GroupSelect({
  kinds,
  group,
  onChange,
}: {
  kinds: readonly Kind[];
  group: string;
  onChange: (group: string) => void;
}) {
  const groups = useMemo(() => groupsOf(kinds), [kinds]);
  return (
    <select
      className="input"
      aria-label="Group"
      value={group}
      onChange={event => onChange(event.target.value)}
    >
      <option value="">All groups</option>
      {groups.map(([name, count]) => (
        <option key={name} value={name || "-"}>
          {name || "without a group"} ({count})
        </option>
      ))}
    </select>
  );
}
