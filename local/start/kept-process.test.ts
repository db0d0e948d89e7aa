import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import { KeptProcess } from "./kept-process.ts";

let root: string;
let worker: KeptProcess | undefined;
let pauses: number[];
let logged: string[];
let gaveUp: Promise<string>;

/** Pauses for restarts are skipped and noted; the wait for a worker that is to end is real. */
const clock: Clock = {
  now: () => 0,
  sleep: (ms, signal) => {
    if (signal?.aborted) return Promise.resolve();
    if (ms === 1_000_000) return systemClock.sleep(ms, signal);
    pauses.push(ms);
    return new Promise((resolve) => setImmediate(resolve));
  },
};
const noHurryMs = 1_000_000;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kept-process-"));
  pauses = [];
  logged = [];
});
afterEach(async () => {
  worker?.kill();
  await worker?.stop(noHurryMs);
  rmSync(root, { recursive: true, force: true });
});

/** `starts` is a file with one line per start. */
function run(script: string): { starts: () => number } {
  const entry = join(root, "worker.mjs");
  const notes = join(root, "starts");
  writeFileSync(
    entry,
    `import { appendFileSync } from "node:fs";\nappendFileSync(process.env.NOTES, "start\\n");\n${script}`,
  );
  appendFileSync(notes, "");
  const { promise, resolve } = Promise.withResolvers<string>();
  gaveUp = promise;
  worker = new KeptProcess({
    name: "worker",
    entry,
    env: { ...process.env, NOTES: notes },
    clock,
    log: (_level, message) => logged.push(message),
    onGiveUp: resolve,
  });
  worker.start();
  return { starts: () => readFileSync(notes, "utf8").split("start").length - 1 };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(10);
}

const stayReady = `process.send({ type: "ready" }); process.on("disconnect", () => process.exit(0));`;

describe("KeptProcess", () => {
  it("gives up at once on a worker that says it cannot run", async () => {
    const { starts } = run(`process.send({ type: "unusable", message: "no such model" }, () => process.exit(1));`);
    expect(await gaveUp).toBe("no such model");
    expect(starts()).toBe(1);
  });

  it("gives up after five ends before ready, each pause twice the last", async () => {
    const { starts } = run("process.exit(1);");
    expect(await gaveUp).toMatch(/5 times/);
    expect(starts()).toBe(5);
    expect(pauses).toEqual([250, 500, 1_000, 2_000]);
  });

  it("starts a killed worker again, as often as it takes", async () => {
    const { starts } = run(stayReady);
    for (let kills = 0; kills < 7; kills++) {
      await until(() => starts() === kills + 1);
      process.kill(worker!.pid!, "SIGKILL");
    }
    await until(() => starts() === 8);
    expect(logged[0]).toMatch(/by SIGKILL/);
  });

  it("stops a worker that obeys, and starts none after that", async () => {
    const { starts } = run(
      `${stayReady} process.on("SIGTERM", () => process.exit(0)); process.send({ type: "ready" });`,
    );
    await until(() => starts() === 1);
    const { pid } = worker!;
    await worker!.stop(noHurryMs);
    expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
    expect(starts()).toBe(1);
  });

  it("ends a worker by force when its grace is over", async () => {
    const mark = join(root, "deaf");
    run(`process.on("SIGTERM", () => {}); ${stayReady} appendFileSync(${JSON.stringify(mark)}, "");`);
    await until(() => existsSync(mark));
    const { pid } = worker!;
    await worker!.stop(0);
    expect(() => process.kill(pid!, 0)).toThrow("ESRCH");
  });
});
