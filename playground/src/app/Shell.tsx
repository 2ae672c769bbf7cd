import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { Icon } from "~/components/Icon";
import { connection, wake } from "~/data/connection";
import { useStore } from "~/data/store";
import { Crumbs } from "./Crumbs";
import { openPalette, Palette } from "./Palette";
import { Shortcuts } from "./Shortcuts";
import { Sidebar } from "./Sidebar";
import { Toasts } from "./toasts";

/** The frame around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  const page = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top
  useEffect(() => {
    page.current?.scrollTo(0, 0);
  }, [location]);
  return (
    <div className="shell">
      <a className="skip-link" href="#page">
        Skip to the page
      </a>
      <Sidebar />
      <div className="main">
        <header className="topbar">
          <Crumbs />
          <ConnectionSign />
          <button type="button" className="button palette-button" onClick={() => openPalette()}>
            <span className="row">
              <Icon name="search" />
              <span className="label">Search or jump to</span>
              <span className="visually-hidden">(command palette)</span>
            </span>
            <span className="kbd" aria-hidden="true">
              {navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} K
            </span>
          </button>
        </header>
        <OfflineBar />
        <main id="page" className="page" ref={page} tabIndex={-1}>
          {children}
        </main>
      </div>
      <Palette />
      <Shortcuts />
      <Toasts />
    </div>
  );
}

const SIGNS = {
  idle: "Not connected",
  connecting: "Connecting",
  live: "Live",
  offline: "Offline",
} as const;

function ConnectionSign() {
  const state = useStore(connection);
  return (
    <span className={`live-sign ${state}`} role="status" title={SIGNS[state]}>
      <span className="label">{SIGNS[state]}</span>
    </span>
  );
}

function OfflineBar() {
  if (useStore(connection) !== "offline") return null;
  return (
    <div className="offline-bar" role="alert">
      <Icon name="offline" />
      <span className="grow">
        The connection to the server is lost. What you see may be old; it catches up when the server is back.
      </span>
      <button type="button" className="button small" onClick={wake}>
        Try now
      </button>
    </div>
  );
}
