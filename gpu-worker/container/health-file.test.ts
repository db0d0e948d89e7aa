import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/process/log.ts";
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
  const alive = keepAlive(file, { clock, log: () => {} }, stop.signal);
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

it("goes on where the file cannot be written, and says so once", async () => {
  const stop = new AbortController();
  const manual = manualClock();
  let tries = 0; // each sleeps until the next
  const clock: Clock = {
    now: manual.now,
    sleep(ms, signal) {
      tries++;
      return manual.sleep(ms, signal);
    },
  };
  const log = vi.fn<Log>();
  const alive = keepAlive("/dev/null/alive", { clock, log }, stop.signal);
  for (let done = 1; done <= 4; done++) {
    await vi.waitUntil(() => tries === done);
    manual.advance(10_000);
  }
  stop.abort();
  await alive;
  expect(log).toHaveBeenCalledExactlyOnceWith("error", "the health file cannot be written", {
    healthFile: "/dev/null/alive",
    error: expect.stringContaining("ENOTDIR"),
  });
});
