import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** What this needs of a bundle's files. */
interface Output {
  type: "chunk" | "asset";
  fileName: string;
  isEntry?: boolean;
  imports?: string[];
  code?: string;
  source?: string | Uint8Array;
}

/** Fails the build when what a browser loads before it shows the first page is larger than it may be, gzipped. */
export function firstPage({ maxBytes }: { maxBytes: number }): Plugin {
  return {
    name: "first-page",
    apply: "build",
    enforce: "post",
    writeBundle(_, bundle) {
      const files = bundle as unknown as Record<string, Output>;
      const sizes = initialFiles(files).map(name => ({ name, bytes: gzippedBytes(files[name]) }));
      const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
      if (total > maxBytes) {
        const largest = sizes
          .sort((a, b) => b.bytes - a.bytes)
          .map(({ name, bytes }) => `  ${bytes} ${name}`);
        this.error(
          `The first page has ${total} bytes gzipped, more than ${maxBytes}:\n${largest.join("\n")}`,
        );
      }
      process.stderr.write(`playground: the first page has ${Math.ceil(total / 1000)} kB gzipped\n`);
    },
  };
}

/** Returns the page, the entry with all that it imports at once, and the style sheets that the page names. */
function initialFiles(files: Record<string, Output>): string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name) || !files[name]) return;
    found.add(name);
    for (const imported of files[name].imports ?? []) visit(imported);
  };
  const page = Object.keys(files).filter(name => name.endsWith(".html"));
  const html = page.map(name => String(files[name]?.source ?? "")).join("\n");
  page.forEach(visit);
  for (const file of Object.values(files)) {
    if (file.isEntry || html.includes(file.fileName)) visit(file.fileName);
  }
  return [...found];
}

function gzippedBytes(file: Output | undefined): number {
  return gzipSync(file?.code ?? file?.source ?? "", { level: 9 }).length;
}
