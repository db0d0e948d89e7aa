import { stat } from "node:fs/promises";
import { healthFile } from "./cloud/health-file.ts";

/** Exit code 0 while the worker's event loop turns: it touches its file every few seconds. For a container's health check. */
const oldMs = 60_000;

const touchedAt = await stat(healthFile).then(
  ({ mtimeMs }) => mtimeMs,
  () => 0,
);
if (Date.now() - touchedAt > oldMs) {
  process.stderr.write(touchedAt === 0 ? "the worker is not up yet\n" : `the worker has been silent for ${Date.now() - touchedAt} ms\n`);
  process.exitCode = 1;
}
