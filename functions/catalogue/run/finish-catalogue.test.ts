import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { ChunkWriter } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import { finishCatalogue } from "./finish-catalogue.ts";
import { readCompared } from "./run-files.ts";
import type { Task } from "./task.ts";

let close = async () => {};
afterEach(() => close());

async function finish(changes: Partial<Run>) {
  const opened = await openRun([], {
    face: "catalogue",
    status: "finishing",
    catalogue: sampleCatalogue(),
    ...changes,
  });
  close = opened.close;
  const rows = await finishCatalogue(await opened.turn(), opened.dependencies);
  return { rows, run: await opened.read(), now: opened.clock.now() };
}

it.each([
  [{ total: 3, completed: 1, failed: 2 }, "completed"],
  [{ total: 3, completed: 0, failed: 3 }, "failed"],
  [{ total: 3, completed: 1, failed: 1 }, "expired"],
  [{ total: 0 }, "completed"],
  [{ total: 3, completed: 0, failed: 1, cancelledAt: 1 }, "canceled"],
] as const)("a run of %j has %s", async (counts, status) => {
  expect((await finish(counts)).run.status).toBe(status);
});

it("ends the pause and the claim on a place, and says when", async () => {
  const paused = { code: "max_cost", message: "", since: 1, checks: 0, checkAt: 1 };
  const { rows, run, now } = await finish({ total: 2, completed: 2, paused });
  expect(rows).toBe(2);
  expect(run.finishedAt).toBe(now);
  expect(run).not.toHaveProperty("paused");
  expect(run).not.toHaveProperty("holdsPlace");
});

it("finds images that look like those of another product", async () => {
  const checks = {
    borderWhiteExact: 1,
    borderWhite: 1,
    fill: 0.9,
    sharpness: 9,
    flat: false,
    dhash: "00ff00ff00ff00ff",
  };
  const kept = { key: "k/a", sha256: "a", crc32: 1, bytes: 9, width: 64, height: 64, format: "png", seed: 1 } as const;
  const opened = await openRun([], { face: "catalogue", status: "finishing", catalogue: sampleCatalogue() });
  ({ close } = opened);
  const tasks = new ChunkWriter<Task>(await opened.read(), opened.dependencies.objects, "tasks");
  for (const [sku, dhash] of [
    ["A", "00ff00ff00ff00ff"],
    ["B", "00ff00ff00ff00fe"],
    ["C", "0f0f0f0f0f0f0f0f"],
  ] as const) {
    const images = [{ ...kept, checks: { ...checks, dhash } }];
    const frame = { key: `${sku}#main`, sku, shot: "main", line: 2, version: 1, stems: [sku] };
    await tasks.add({ ...frame, status: "unchanged", kept: images });
  }
  await tasks.flush();
  await finishCatalogue(await opened.turn(), opened.dependencies);
  const alike = await readCompared(await opened.read(), "near-duplicates", opened.dependencies.objects);
  expect([...alike].sort()).toEqual(["A#main", "B#main"]);
});

it("compares the sizes of products of a category, where that is asked for, and counts what is to be looked at", async () => {
  const checks = { borderWhiteExact: 1, borderWhite: 1, sharpness: 9, flat: false };
  const kept = { key: "k/a", sha256: "a", crc32: 1, bytes: 9, width: 64, height: 64, format: "png", seed: 1 } as const;
  for (const consistentScale of [true, false]) {
    const catalogue = sampleCatalogue({ consistentScale });
    const opened = await openRun([], { face: "catalogue", status: "finishing", catalogue });
    const tasks = new ChunkWriter<Task>(await opened.read(), opened.dependencies.objects, "tasks");
    for (const [index, fill] of [0.6, 0.6, 0.6, 0.6, 0.9].entries()) {
      const dhash = String(index).repeat(16);
      const frame = { key: `S${index}#main`, sku: `S${index}`, shot: "main", line: 2, version: 1, stems: ["s"] };
      const images = [{ ...kept, checks: { ...checks, fill, dhash } }];
      await tasks.add({ ...frame, status: "unchanged", jobId: "job_1", category: "mugs", kept: images });
    }
    await tasks.flush();
    await finishCatalogue(await opened.turn(), opened.dependencies);
    expect((await opened.read()).catalogue!.toReview).toBe(consistentScale ? 1 : 0);
    await opened.close();
    close = async () => {};
  }
});
