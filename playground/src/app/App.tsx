import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Loading, State } from "~/components/State";
import { Home } from "~/pages/home/Home";
import { KindPage } from "~/pages/kinds/KindPage";
import { KindsPage } from "~/pages/kinds/KindsPage";
import { ErrorBoundary } from "./ErrorBoundary";
import { Shell } from "./Shell";

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
            <Route path="/kinds/">
              <Redirect to="/kinds" />
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
