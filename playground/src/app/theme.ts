import { Store } from "~/data/store";

export type Theme = "system" | "light" | "dark";

const KEY = "kindgraph.theme";

export const theme = new Store<Theme>(stored());

/** Applies a theme and keeps it for the next visit; `public/theme.js` reads it before the first paint. */
export function setTheme(chosen: Theme): void {
  if (chosen === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(KEY, chosen);
    document.documentElement.dataset["theme"] = chosen;
  }
  theme.set(chosen);
}

export function nextTheme(current: Theme): Theme {
  return current === "system" ? "light" : current === "light" ? "dark" : "system";
}

/** Whether the page is dark now, whatever the reason. */
export function isDark(): boolean {
  const chosen = theme.get();
  return chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function stored(): Theme {
  const value = typeof localStorage === "undefined" ? null : localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}
