import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { Loading, State } from "~/components/State";
import { ControllersPage } from "~/pages/controllers/ControllersPage";
import { Home } from "~/pages/home/Home";
import { KindPage } from "~/pages/kinds/KindPage";
import { KindsPage } from "~/pages/kinds/KindsPage";
import { ChooseKind } from "~/pages/resources/ChooseKind";
import { ResourcesPage } from "~/pages/resources/ResourcesPage";
import { ErrorBoundary } from "./ErrorBoundary";
import { namespaceOf } from "./routes";
import { Shell } from "./Shell";

const ResourcePage = lazy(() => import("~/pages/resource/ResourcePage"));
const ResourceEditor = lazy(() => import("~/pages/resource/ResourceEditor"));
const QueryPage = lazy(() => import("~/pages/query/QueryPage"));
const DefinitionEditor = lazy(() => import("~/pages/definition/DefinitionEditor"));

export function App() {
  return (
    <Shell>
      <ErrorBoundary>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Home} />
            <Route path="/kinds" component={KindsPage} />
            <Route path="/kinds/new">
              <DefinitionEditor key="new" />
            </Route>
            <Route path="/kinds/:kind/edit">
              {({ kind }) => <DefinitionEditor key={kind} name={kind} />}
            </Route>
            <Route path="/kinds/:kind">{({ kind }) => <KindPage key={kind} name={kind} />}</Route>
            <Route path="/resources" component={ChooseKind} />
            <Route path="/resources/:kind">{({ kind }) => <ResourcesPage key={kind} name={kind} />}</Route>
            <Route path="/resources/:kind/new">
              {({ kind }) => <ResourceEditor key={kind} kind={kind} />}
            </Route>
            <Route path="/resources/:kind/:namespace/:name">
              {({ kind, namespace, name }) => (
                <ResourcePage
                  key={`${kind} ${namespace} ${name}`}
                  kind={kind}
                  namespace={namespaceOf(namespace)}
                  name={name}
                />
              )}
            </Route>
            <Route path="/resources/:kind/:namespace/:name/edit">
              {({ kind, namespace, name }) => (
                <ResourceEditor
                  key={`${kind} ${namespace} ${name}`}
                  kind={kind}
                  namespace={namespaceOf(namespace)}
                  name={name}
                />
              )}
            </Route>
            <Route path="/events">
              <ResourcesPage key="Event" name="Event" />
            </Route>
            <Route path="/controllers" component={ControllersPage} />
            <Route path="/query">
              <QueryPage />
            </Route>
            <Route>
              <State icon="empty" title="There is no such page">
                <p>The address may be of another version of the playground.</p>
              </State>
            </Route>
          </Switch>
        </Suspense>
      </ErrorBoundary>
    </Shell>
  );
}
