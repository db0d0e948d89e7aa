import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import { openApi } from "../../../test/support/api/api-under-test.ts";
import { stepDependencies } from "../../../test/support/api/openai-batches.ts";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { writeZip } from "../../../test/support/catalogue/write-zip.ts";
import { collect } from "../../../test/support/collect.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { readChunks } from "../../runs/rows/row-chunks.ts";
import { stepOf } from "../../runs/run.ts";
import { createRun, findRun, readRows } from "../../runs/run-store.ts";
import { takeStep } from "../../runs/steps/take-step.ts";
import { effectiveShots, type ShotRequest } from "../plan/shots.ts";
import type { CatalogueOrder } from "./catalogue-state.ts";
import { readReport, storeRows } from "./run-files.ts";
import type { Task } from "./task.ts";

const main: ShotRequest = { id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" };
const rows = [
  { sku: "N-001", title: "red teapot" },
  { sku: "N-002", title: "blue mug" },
  { sku: "N-003", title: "" },
  { sku: "", title: "chair" },
];

let api: Awaited<ReturnType<typeof openApi>>;
let keyId: string;
let runs = 0;
let fetchImage: typeof guardedFetch | undefined;
beforeEach(async () => {
  fetchImage = undefined;
  api = await openApi({ clock: manualClock() });
  keyId = (await api.apiKeys.createKey(api.account.id)).key.id;
});
afterEach(() => api.close());

/** Makes a run over the rows and takes its steps until nothing is left to do. */
async function run(cells: readonly { readonly [column: string]: string }[], changes: Partial<CatalogueOrder> = {}) {
  const { items, objects, clock } = api;
  const now = clock.now();
  const identity = { accountId: api.account.id, keyId, scopes: ["*"], terms: { unlimited: true } };
  const catalogue = sampleCatalogue(changes);
  const times = { createdAt: now, nextAt: now, expiresAt: now + 90 * 86_400_000 };
  const made = sampleRun({
    id: `run_${++runs}`,
    face: "catalogue",
    status: "importing",
    identity,
    total: 0,
    catalogue,
    ...times,
  });
  await storeRows(made, cells, objects);
  await createRun(items, made);
  return go(made.id);
}

async function go(id: string) {
  const { items, objects, clock, worker } = api;
  const read = async () => (await findRun(items, id))!.run;
  for (let passes = 0; passes < 50; passes++) {
    const current = await read();
    const step = stepOf(current);
    if (step === undefined || current.nextAt > clock.now() + 3_600_000) break;
    await takeStep({ runId: id, step }, stepDependencies(api, fetchImage && { fetchImage }) as never);
    while (await worker.workOnce());
    clock.advance(5_000);
  }
  const run = await read();
  const tasks = (await collect(readChunks<Task>(run, "tasks", objects))).map(({ value }) => value);
  return { run, tasks, rows: await collect(readRows(items, run, 0)) };
}

it("draws each product once, names its file, and refuses the rows that say too little", async () => {
  const { run: done, tasks, rows: drawn } = await run(rows);
  expect(done).toMatchObject({ status: "completed", total: 2, completed: 2, failed: 0 });
  expect(done.catalogue!.counts).toMatchObject({
    tasks: 4,
    fresh: 2,
    refused: { template_value_missing: 1, sku_missing: 1 },
  });
  expect(tasks.map(({ sku, status, stems }) => [sku, status, ...stems])).toEqual([
    ["N-001", "draw", "N-001_main_1"],
    ["N-002", "draw", "N-002_main_1"],
    ["N-003", "failed"],
    ["", "failed"],
  ]);
  expect(done.catalogue!.cost.charged).toBe(done.catalogue!.cost.quoted);
  for (const { kept } of drawn) {
    const [image] = kept!;
    const stored = await api.objects.get(image!.key);
    expect(stored!.body.length).toBe(image!.bytes);
  }
  const job = await api.jobs.get(drawn[0]!.jobId!);
  expect(job).toMatchObject({ lane: "batch", metadata: { sku: "N-001", shot: "main", run_id: done.id } });
});

it("draws nothing again that has not changed, one image for one changed title, and all under another key", async () => {
  await run(rows);
  const again = await run(rows);
  expect(again.run).toMatchObject({ status: "completed", total: 0, catalogue: { cost: { quoted: 0, charged: 0 } } });
  expect(again.run.catalogue!.counts).toMatchObject({ unchanged: 2, fresh: 0 });
  expect(again.tasks[0]).toMatchObject({ status: "unchanged", kept: [{ width: 64 }], stems: ["N-001_main_1"] });
  const changed = await run([{ sku: "N-001", title: "green teapot" }, rows[1]!]);
  expect(changed.run.catalogue!.counts).toMatchObject({ unchanged: 1, changed: { prompt: 1, photo: 0, settings: 0 } });
  expect(changed.run.completed).toBe(1);
  const all = await run(rows, { redraw: "all" });
  expect(all.run.catalogue!.counts).toMatchObject({ redrawn: 2 });
  expect(all.tasks[0]!.version).toBe(2);
  expect((await run(rows, { runKey: "autumn" })).run.catalogue!.counts).toMatchObject({ fresh: 2 });
});

it("waits when it is ready, unless it was told to start", async () => {
  const { run: ready } = await run(rows, { start: false });
  expect(ready).toMatchObject({ status: "ready", total: 2, next: 0 });
  expect(ready.catalogue!.cost.quoted).toBeGreaterThan(0);
});

it("spends no more than its limit, and says so", async () => {
  const many = Array.from({ length: 6 }, (_, index) => ({ sku: `S-${index}`, title: "teapot" }));
  const { run: quoted } = await run(many, { start: false });
  const price = quoted.catalogue!.cost.dearest;
  const { run: capped } = await run(many, { runKey: "capped", maxCost: Math.floor(price * 3.5) });
  expect(capped).toMatchObject({ status: "paused", completed: 3, paused: { code: "max_cost" } });
  expect(capped.catalogue!.cost.charged).toBe(price * 3);
});

it("fails as a whole for a template that names no column, before a job is made", async () => {
  const shots = effectiveShots([{ ...main, prompt: "a {{titel}}" }]);
  const { run: failed } = await run(rows, { shots });
  expect(failed).toMatchObject({ status: "failed", total: 0 });
  expect(failed.catalogue!.problem).toMatchObject({ code: "template_unknown_name" });
  expect(failed.holdsPlace).toBeUndefined();
});

it("draws from each product's photo, and says of each photo that cannot be had why", async () => {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const asked: string[] = [];
  fetchImage = async (url) => {
    asked.push(url);
    const status = url.endsWith("gone.png") ? 404 : 200;
    return { status, headers: {}, body: png, truncated: false };
  };
  const shots = effectiveShots([{ ...main, id: "look", method: "restyle", strength: 0.5 }]);
  const photos = [
    { sku: "A", title: "mug", image: "https://shop.example/a.png" },
    { sku: "B", title: "mug", image: "https://shop.example/gone.png" },
    { sku: "C", title: "mug", image: "" },
  ];
  const first = await run(photos, { shots });
  expect(first.run).toMatchObject({ status: "completed", completed: 1 });
  expect(first.run.catalogue!.counts.refused).toEqual({ picture_status: 1, photo_missing: 1 });
  const job = await api.jobs.get(first.rows[0]!.jobId!);
  expect(job!.params).toMatchObject({ strength: 0.5, imageKey: expect.stringContaining("in/") });
  expect(asked).toHaveLength(2);
  const same = await run(photos, { shots });
  expect(same.run.catalogue!.counts).toMatchObject({ unchanged: 1, fresh: 0 });
  fetchImage = async () => ({ status: 200, headers: {}, body: await other(), truncated: false });
  const changed = await run(photos, { shots });
  expect(changed.run.catalogue!.counts).toMatchObject({ fresh: 1, changed: { photo: 1 } });
});

it("finds photos by the names in the table in a ZIP of pictures", async () => {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const zip = writeZip([
    { name: "photos/MUG.png", body: png },
    { name: "a/twice.png", body: png },
    { name: "b/twice.png", body: png },
  ]);
  const id = `file-${"0".repeat(26)}`;
  const upload = {
    id,
    accountId: api.account.id,
    filename: "photos.zip",
    contentType: "application/zip",
    metadata: {},
  };
  await new UploadedFiles(api.dependencies).create(upload, zip);
  const photos = ["mug.png", "twice.png", "none.png"].map((image, index) => ({
    sku: `S${index}`,
    title: "mug",
    image,
  }));
  const shots = effectiveShots([{ ...main, id: "look", method: "restyle" }]);
  const { run: done } = await run(photos, { shots, picturesFileId: id });
  expect(done).toMatchObject({ status: "completed", completed: 1 });
  expect(done.catalogue!.counts.refused).toEqual({ picture_name_ambiguous: 1, picture_not_found_by_name: 1 });
});

const other = () =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: "blue" } })
    .png()
    .toBuffer();

it("refuses a size that the model cannot draw, for all products at once", async () => {
  const { run: failed } = await run(rows, { shots: effectiveShots([{ ...main, size: "4096x4096" }]) });
  expect(failed.catalogue!.problem).toMatchObject({ code: "shot_invalid", value: expect.stringContaining("4096") });
});

it("says which products of earlier runs the file has no more, and keeps their images", async () => {
  await run(rows.slice(0, 2));
  const { run: later } = await run(rows.slice(1, 2));
  const report = (await readReport(later, api.objects))!;
  expect(report.warnings).toMatchObject([
    { code: "gone", count: 1, message: { en: expect.stringMatching(/: N-001$/) } },
  ]);
  const { run: back } = await run(rows.slice(0, 2));
  expect((await readReport(back, api.objects))!.warnings).toEqual([]);
  expect(back.catalogue!.counts).toMatchObject({ unchanged: 2, fresh: 0 });
});
