import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keepAlive } from "./health-file.ts";

it("touches the file every ten seconds until it is told to stop", async () => {
  const folder = mkdtempSync(join(tmpdir(), "health-"));
  const file = join(folder, "alive");
  const written = () => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  const clock = manualClock();
  const stop = new AbortController();
  const alive = keepAlive(file, clock, stop.signal);
  await vi.waitUntil(() => written() === String(process.pid));
  writeFileSync(file, "old");
  clock.advance(9_999);
  expect(written()).toBe("old");
  clock.advance(1);
  await vi.waitUntil(() => written() === String(process.pid));
  stop.abort();
  await alive;
  rmSync(folder, { recursive: true });
});

it("does not end the worker where the file cannot be written", async () => {
  const stop = new AbortController();
  const alive = keepAlive("/nowhere/alive", manualClock(), stop.signal);
  stop.abort();
  await expect(alive).resolves.toBeUndefined();
});
