import { stat } from "node:fs/promises";
import { environment } from "../../shared/environment.ts";

/** For a container's health check: exit code 0 while the worker touches its health file every few seconds. */
const oldMs = 60_000;

const touchedAt = await stat(process.env[environment.healthFile] ?? "").then(
  ({ mtimeMs }) => mtimeMs,
  () => 0,
);
const silentMs = Math.round(Date.now() - touchedAt);
if (silentMs > oldMs) {
  process.stderr.write(
    touchedAt === 0 ? "the worker is not up yet\n" : `the worker has been silent for ${silentMs} ms\n`,
  );
  process.exitCode = 1;
}
