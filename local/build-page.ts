import { join, resolve } from "node:path";
import { runCommand } from "../shared/process/command-line.ts";
import { ensurePage } from "./start/ensure-page.ts";

/**
 * `npm run build:page`: what `npm start` and `npm run deploy` do when the page is missing or older than its sources.
 */
const root = resolve(import.meta.dirname, "..");

await runCommand(async () => {
  const startedAt = performance.now();
  const done = await ensurePage({ root, vite: join(root, "node_modules/vite/bin/vite.js") });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stderr.write(done === "built" ? `Built page/dist in ${seconds} s.\n` : "page/dist is up to date.\n");
});
