import { Link, useLocation } from "wouter";
import { Icon, type IconName } from "~/components/Icon";
import { type Kind, kindsStore } from "~/data/kinds";
import { useStore } from "~/data/store";
import { recentKinds } from "./recent";
import { routes } from "./routes";
import { openShortcuts } from "./Shortcuts";
import { nextTheme, setTheme, theme } from "./theme";

const LINKS: { to: string; icon: IconName; label: string; needs?: string }[] = [
  { to: routes.home, icon: "home", label: "Overview" },
  { to: routes.kinds, icon: "kinds", label: "Kinds" },
  { to: routes.resources, icon: "resources", label: "Resources" },
  { to: routes.query, icon: "query", label: "Query" },
  { to: routes.events, icon: "events", label: "Events", needs: "Event" },
  { to: routes.controllers, icon: "controllers", label: "Controllers", needs: "Lease" },
];

export function Sidebar() {
  const [location] = useLocation();
  const { kinds } = useStore(kindsStore);
  return (
    <nav className="sidebar" aria-label="Main">
      <Link className="brand" href={routes.home}>
        <img src="/favicon.svg" alt="" />
        Kindgraph
      </Link>
      {LINKS.filter(({ needs }) => !needs || kinds.get(needs)?.builtIn).map(({ to, icon, label }) => (
        <Link
          key={to}
          className="nav-link"
          href={to}
          aria-current={isWithin(location, to) ? "page" : undefined}
        >
          <Icon name={icon} />
          {label}
        </Link>
      ))}
      <Recent kinds={kinds} location={location} />
      <div className="sidebar-foot">
        <ThemeButton />
        <button
          type="button"
          className="button quiet icon"
          onClick={openShortcuts}
          title="Keyboard shortcuts (?)"
        >
          <Icon name="help" label="Keyboard shortcuts" />
        </button>
      </div>
    </nav>
  );
}

function Recent({ kinds, location }: { kinds: ReadonlyMap<string, Kind>; location: string }) {
  const recent = useStore(recentKinds).flatMap(name => kinds.get(name) ?? []);
  if (!recent.length) return null;
  return (
    <div className="nav-kinds">
      <p className="nav-heading">Recent kinds</p>
      {recent.map(kind => (
        <Link
          key={kind.name}
          className="nav-link"
          href={routes.list(kind.name)}
          title={kind.name}
          aria-current={isWithin(location, routes.list(kind.name)) ? "page" : undefined}
        >
          <span className="truncate">{kind.kind}</span>
        </Link>
      ))}
    </div>
  );
}

const THEMES = { system: "as the system", light: "light", dark: "dark" } as const;

function ThemeButton() {
  const chosen = useStore(theme);
  const icon = chosen === "light" ? "sun" : chosen === "dark" ? "moon" : "system";
  return (
    <button
      type="button"
      className="button quiet icon"
      onClick={() => setTheme(nextTheme(chosen))}
      title={`Colours: ${THEMES[chosen]}`}
    >
      <Icon name={icon} label={`Colours: ${THEMES[chosen]}`} />
    </button>
  );
}

function isWithin(location: string, path: string): boolean {
  return path === "/" ? location === "/" : location === path || location.startsWith(`${path}/`);
}
