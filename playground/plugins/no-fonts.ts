import type { Plugin } from "vite";

/** Leaves out the fonts that style sheets of packages bring as data: the page uses those of the system. */
export function noFonts(): Plugin {
  return {
    name: "no-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("node_modules") || !/\.css(\?|$)/.test(id)) return undefined;
      return { code: code.replace(/@font-face\s*\{[^}]*\}/g, ""), map: null };
    },
  };
}
