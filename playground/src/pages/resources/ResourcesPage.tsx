import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { visited } from "~/app/recent";
import { routes } from "~/app/routes";
import { CopyAs } from "~/components/CopyAs";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { VirtualGrid } from "~/components/VirtualGrid";
import { type Kind, kindsStore } from "~/data/kinds";
import { Listing } from "~/data/listing";
import { operationsOf } from "~/data/operations";
import { orderKey, useOrders } from "~/data/orders";
import { useStore } from "~/data/store";
import { columnsOf } from "./columns";
import { FilterBar } from "./FilterBar";
import { type TableState, useTableState } from "./tableState";

/** The live table of one kind. */
export function ResourcesPage({ name }: { name: string }) {
  const { phase, kinds } = useStore(kindsStore);
  const kind = kinds.get(name);
  if (phase === "loading") return <Loading what="Reading kinds" />;
  if (!kind?.names.plural) {
    return (
      <State
        icon="empty"
        title={`There is no kind ${name}`}
        actions={
          <Link className="button" href={routes.resources}>
            Choose another
          </Link>
        }
      />
    );
  }
  return <Resources key={kind.generation} kind={kind} />;
}

function Resources({ kind }: { kind: Kind }) {
  const table = useTableState();
  const listing = useListing(kind, table);
  const state = useStore(listing.state);
  const orders = useOrders(kind);
  const withState = state.rows.some(row => row.deleting || row.ready);
  const columns = useMemo(() => columnsOf(kind, table, orders, withState), [kind, table, orders, withState]);
  useEffect(() => visited(kind.name), [kind.name]);
  const namespaces = useNamespaces(state.rows);
  return (
    <div className="page-body fill">
      <PageHead
        title={kind.kind}
        below={
          <>
            {kind.group && `${kind.group} · `}
            <Link href={routes.kind(kind.name)}>Definition</Link>
          </>
        }
        actions={
          <>
            <CopyAs call={() => callOf(kind, table)} />
            <Link className="button primary" href={routes.create(kind.name)}>
              <Icon name="plus" /> Create {kind.kind}
            </Link>
          </>
        }
      />
      <FilterBar kind={kind} table={table} namespaces={namespaces} />
      {state.phase === "failed" ? (
        <ErrorState error={state.error} />
      ) : state.phase === "loading" ? (
        <Loading what="Reading resources" />
      ) : state.rows.length === 0 ? (
        <Empty kind={kind} table={table} />
      ) : (
        <VirtualGrid
          label={`${kind.kind} resources`}
          columns={columns}
          rows={state.rows}
          total={state.total}
          keyOf={row => row.uid}
          touchedAt={row => row.touchedAt}
          onEnd={listing.loadMore}
        />
      )}
      <p className="grid-foot" role="status">
        {state.phase === "ready" && state.rows.length > 0 && (
          <>
            {state.hasMore
              ? `${state.rows.length.toLocaleString()} of ${state.total.toLocaleString()} loaded; more as you scroll`
              : `${state.total.toLocaleString()} ${state.total === 1 ? "resource" : "resources"}`}
            {state.loadingMore && <span className="spinner" />}
          </>
        )}
      </p>
    </div>
  );
}

function useListing(kind: Kind, table: TableState): Listing {
  const orders = useOrders(kind);
  const value = table.sort && orders.get(orderKey(table.sort.path, table.sort.descending));
  const order = table.sort && value ? { ...table.sort, value } : undefined;
  const key = JSON.stringify([table.namespace, table.where, table.labels, order]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key has all of the query
  const listing = useMemo(
    () =>
      new Listing(kind, {
        namespace: table.namespace,
        where: table.where,
        labelSelector: table.labels,
        order,
      }),
    [kind.name, kind.generation, key],
  );
  useEffect(() => {
    const stop = new AbortController();
    void listing.run(stop.signal);
    return () => stop.abort();
  }, [listing]);
  return listing;
}

function useNamespaces(rows: readonly { namespace: string }[]): string[] {
  const [seen, setSeen] = useState<readonly string[]>([]);
  const now = useMemo(() => [...new Set(rows.map(({ namespace }) => namespace))].sort(), [rows]);
  const all = [...new Set([...seen, ...now])].filter(Boolean).sort();
  if (all.length !== seen.length) setSeen(all);
  return all;
}

function Empty({ kind, table }: { kind: Kind; table: TableState }) {
  if (table.isFiltered) {
    return (
      <State
        icon="filter"
        title="Nothing matches"
        actions={
          <button type="button" className="button" onClick={table.clear}>
            Clear filters
          </button>
        }
      >
        <p>Resources that begin to match appear here by themselves.</p>
      </State>
    );
  }
  return (
    <State
      icon="empty"
      title={`There is no ${kind.kind} yet`}
      actions={
        <Link className="button primary" href={routes.create(kind.name)}>
          <Icon name="plus" /> Create {kind.kind}
        </Link>
      }
    >
      <p>What is created, here or by anybody else, appears by itself.</p>
    </State>
  );
}

function callOf(kind: Kind, table: TableState) {
  const { document, variables } = operationsOf(kind).find(({ key }) => key === "list")!;
  const namespace = kind.scope === "CLUSTER" ? {} : { namespace: table.namespace ?? null };
  return {
    document,
    variables: {
      ...variables,
      ...namespace,
      where: table.where ?? null,
      labelSelector: table.labels ?? null,
    },
  };
}
