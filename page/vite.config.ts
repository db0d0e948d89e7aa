import { defineConfig } from "vite";

/** Where `npm run dev:page` sends what the page asks of the server. */
const server = process.env.ZIMAGE_URL ?? "http://127.0.0.1:8787";
const proxied = ["/v1", "/docs", "/openapi.json", "/open", "/i/"];

export default defineConfig({
  root: import.meta.dirname,
  // Its own cache, so that a build and the tests' Vite do not write to the same files.
  cacheDir: "../node_modules/.vite-page",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    manifest: true,
    // A policy of `default-src 'none'` forbids both: preloads in Firefox, and data: URLs.
    modulePreload: false,
    assetsInlineLimit: 0,
    emptyOutDir: true,
    reportCompressedSize: false,
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])) },
});
