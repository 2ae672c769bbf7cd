import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { firstPage } from "./plugins/first-page.ts";
import { noFonts } from "./plugins/no-fonts.ts";
import { precompress } from "./plugins/precompress.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [noFonts(), react(), firstPage({ maxBytes: 300_000 }), precompress()],
  resolve: {
    alias: {
      "~": at("./src"),
      // It would put a style element into the page, which the Content-Security-Policy forbids.
      "react-remove-scroll": at("./src/shims/react-remove-scroll.tsx"),
      // The form library names it in its own tests only; it would compile schemas to code, which the policy forbids.
      "@rjsf/validator-ajv8": at("./src/editors/form/matching.ts"),
    },
  },
  build: {
    outDir: at("../app/pages/playground"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/graphql": { target: process.env["KINDGRAPH_SERVER"] ?? "http://127.0.0.1:8000", ws: true },
      "/schema.graphql": process.env["KINDGRAPH_SERVER"] ?? "http://127.0.0.1:8000",
    },
  },
});
