import type { IconName } from "~/components/Icon";
import type { Kind } from "~/data/kinds";
import { routes } from "./routes";
import { setTheme } from "./theme";

export interface Command {
  id: string;
  label: string;
  hint: string;
  icon: IconName;
  run: () => void;
}

/** Returns what the palette offers: pages, actions, and three ways to each kind. */
export function commandsFor(kinds: ReadonlyMap<string, Kind>, navigate: (to: string) => void): Command[] {
  const go = (id: string, label: string, icon: IconName, to: string, hint = "page"): Command => ({
    id,
    label,
    hint,
    icon,
    run: () => navigate(to),
  });
  const pages = [
    go("home", "Overview", "home", routes.home),
    go("kinds", "Kinds", "kinds", routes.kinds),
    go("resources", "Resources", "resources", routes.resources),
    go("query", "Query editor", "query", routes.query),
    ...(kinds.has("Event") ? [go("events", "Events", "events", routes.events)] : []),
    ...(kinds.has("Lease") ? [go("controllers", "Controllers", "controllers", routes.controllers)] : []),
    go("define", "Define a kind", "plus", routes.newKind, "action"),
    ...(["light", "dark", "system"] as const).map(
      (theme): Command => ({
        id: `theme-${theme}`,
        label: `Colours: ${theme === "system" ? "as the system" : theme}`,
        hint: "action",
        icon: theme === "light" ? "sun" : theme === "dark" ? "moon" : "system",
        run: () => setTheme(theme),
      }),
    ),
  ];
  const ofKinds = [...kinds.values()].flatMap(({ name, kind, group }) => [
    go(`list ${name}`, kind, "resources", routes.list(name), group || "resources"),
    go(`create ${name}`, `Create ${kind}`, "plus", routes.create(name), group || "action"),
    go(`kind ${name}`, `Definition of ${kind}`, "kinds", routes.kind(name), group || "kind"),
  ]);
  return [...pages, ...ofKinds];
}

/** Returns the commands in which all words of a text begin somewhere, best first. */
export function match(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [...commands];
  return commands
    .map(command => ({ command, score: scoreOf(command, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}

function scoreOf({ label, hint }: Command, words: readonly string[]): number {
  const name = label.toLowerCase();
  const rest = hint.toLowerCase();
  let score = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at === 0) score += 10;
    else if (at > 0) score += 5;
    else if (rest.includes(word)) score += 1;
    else return 0;
  }
  return score + 1 / (1 + name.length);
}
