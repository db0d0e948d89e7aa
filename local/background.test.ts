import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../shared/embedded/items.ts";
import { catalogModel } from "../shared/model-catalog/model-catalog.ts";
import { defaultPrices } from "../shared/money/price-list.ts";
import { sampleJob } from "../test/support/api/sample-job.ts";
import { openLocalJobs } from "./local-jobs.ts";
import { backgroundEnvironment } from "./start/background-settings.ts";

let dataDir: string;
let items: EmbeddedItems;
let child: ChildProcess;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "background-"));
  items = openEmbeddedItems(join(dataDir, "items.db"));
});
afterEach(async () => {
  child.kill("SIGKILL");
  await items.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The process as `npm start` starts it, once it has begun its work. */
async function startBackground(): Promise<void> {
  const env = backgroundEnvironment({
    dataDir,
    models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })],
    prices: defaultPrices,
    workers: 1,
    origin: "http://127.0.0.1:8787",
    allowLoopback: true,
  });
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  child = fork(join(import.meta.dirname, "background.ts"), {
    env,
    execArgv,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  expect(await once(child, "message")).toMatchObject([{ type: "ready" }, undefined]);
}

it("ends a job that is past its deadline", async () => {
  const jobs = openLocalJobs(items);
  const createdAt = Date.now() - 60_000;
  await jobs.submit({ job: sampleJob("1", createdAt, { deadlineAt: createdAt + 1_000 }) });
  await startBackground();
  await expect.poll(async () => (await jobs.get("job_1"))?.status, { timeout: 10_000 }).toBe("expired");
});

it.each([
  ["on SIGTERM", () => child.kill("SIGTERM")],
  ["with the process that started it", () => child.disconnect()],
])("ends %s", async (_, end) => {
  await startBackground();
  end();
  expect(await once(child, "exit")).toEqual([0, null]);
});
