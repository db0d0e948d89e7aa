import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../test/support/api/catalogue-runs.ts";
import { stepDependencies } from "../../../test/support/api/openai-batches.ts";
import { RunLoop } from "../../runs/steps/run-loop.ts";
import type { runPreviewSchema, runReportSchema } from "./run-report-responses.ts";
import { runMappingSchema } from "./run-request.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }];
/** Two columns could be the SKU, and more than a chunk of rows. */
const rows = Array.from({ length: 600 }, (_, i) => ({
  sku: `S-${i}`,
  "Part number": `P-${i % 2}`,
  title: `cup ${i}`,
  Name: `mug ${i}`,
}));

async function readyRun(order: object = {}) {
  const { body } = await runs.call("POST", "/v1/runs", { source: { rows }, shots, ...order });
  return runs.settle(body.id);
}

it("reads the file again with other columns, and leaves nothing of the reading before", async () => {
  const { id } = await readyRun();
  const changed = await runs.call("POST", `/v1/runs/${id}/mapping`, { mapping: { sku: "Part number", title: "Name" } });
  expect(changed).toMatchObject({ status: 200, body: { status: "importing", counts: { to_draw: 0 } } });
  const again = await runs.settle(id);
  expect(again).toMatchObject({ status: "ready", counts: { products: 600, new: 2, refused: { duplicate_sku: 598 } } });
  const { body } = await runs.call<z.infer<typeof runPreviewSchema>>("POST", `/v1/runs/${id}/preview`, { n: 1 });
  expect(body.data).toMatchObject([{ sku: "P-0", prompt: "a mug 0", files: ["P-0_main_1"], status: "draw" }]);
  await runs.call("POST", `/v1/runs/${id}/start`);
  expect(await runs.settle(id)).toMatchObject({ status: "completed", counts: { drawn: 2 } });
  const late = await runs.call("POST", `/v1/runs/${id}/mapping`, { mapping: { sku: "sku" } });
  expect(late).toMatchObject({ status: 409, body: { code: "run_state" } });
});

it("gives a run whose plan could not be used another chance", async () => {
  const { body } = await runs.call("POST", "/v1/runs", {
    source: { rows },
    shots: [{ ...shots[0], prompt: "{{nme}}" }],
  });
  expect(await runs.settle(body.id)).toMatchObject({ status: "failed", problem: { code: "template_unknown_name" } });
  await runs.call("POST", `/v1/runs/${body.id}/mapping`, { shots });
  expect(await runs.settle(body.id)).toMatchObject({ status: "ready", problem: null, counts: { new: 600 } });
});

it("reports the columns of a file whose SKU nobody has pointed out, so that one can be chosen", async () => {
  const unnamed = [{ a: "a long text about a cup", b: "another text about the same cup" }];
  const { body } = await runs.call("POST", "/v1/runs", {
    source: { rows: unnamed },
    shots: [{ ...shots[0], prompt: "x" }],
  });
  expect(await runs.settle(body.id)).toMatchObject({ status: "failed", problem: { code: "sku_column_unknown" } });
  expect(await runs.call("GET", `/v1/runs/${body.id}/report`)).toMatchObject({
    status: 200,
    body: { file: { columns: ["a", "b"] } },
  });
  await runs.call("POST", `/v1/runs/${body.id}/mapping`, { mapping: { sku: "a" } });
  expect(await runs.settle(body.id)).toMatchObject({ status: "ready", counts: { products: 1 } });
});

it("tells what was asked for, as a request takes it, and leaves a field without a column", async () => {
  const { id } = await readyRun({ max_cost: 9_000_000, review: "all" });
  await runs.call("POST", `/v1/runs/${id}/mapping`, {
    mapping: { title: null, sku: "sku" },
    shots: [{ ...shots[0], prompt: "a {{name}}" }],
  });
  await runs.settle(id);
  const { body } = await runs.call<z.infer<typeof runMappingSchema>>("GET", `/v1/runs/${id}/mapping`);
  expect(runMappingSchema.parse(body)).toEqual(body);
  expect(body).toMatchObject({
    object: "run.mapping",
    mapping: { title: null, sku: "sku" },
    shots: [{ id: "main", prompt: "a {{name}}", size: "64x64" }],
    review: "all",
    max_cost: 9_000_000,
    naming: "{sku}_{shot}_{n}",
  });
  const { shots: same, naming } = body;
  expect(await runs.call("POST", `/v1/runs/${id}/mapping`, { shots: same, naming })).toMatchObject({ status: 200 });
  await runs.settle(id);
  const report = await runs.call<z.infer<typeof runReportSchema>>("GET", `/v1/runs/${id}/report`);
  expect(report.body.mapping.find(({ field }) => field === "title")).toMatchObject({
    column: null,
    chosen_by: "caller",
  });
});

it("shows the prompts of shots that are only being thought about", async () => {
  const { id, cost } = await readyRun();
  const wish = { shots: [{ id: "look", method: "draw", size: "64x64", prompt: "{{name}} and {{nothing}}" }] };
  const refused = await runs.call("POST", `/v1/runs/${id}/preview`, wish);
  expect(refused).toMatchObject({ status: 400, body: { code: "template_unknown_name" } });
  const other = { shots: [{ ...wish.shots[0], prompt: "{{name}} on a table" }] };
  const { body } = await runs.call<z.infer<typeof runPreviewSchema>>("POST", `/v1/runs/${id}/preview`, other);
  expect(body.data.map(({ prompt }) => prompt)).toEqual([0, 1, 2, 3].map((i) => `mug ${i} on a table`));
  expect(body.data[0]!.price).toBe(cost.quoted / 600);
});

it("fetches a table from an address, and unpacks it", async () => {
  const table = gzipSync(`sku,title\n${Array.from({ length: 20 }, (_, i) => `S-${i},cup ${i}`).join("\n")}\n`);
  const fetchImage = async () => ({ status: 200, headers: {}, body: table, truncated: false });
  const { body, status } = await runs.call("POST", "/v1/runs", {
    source: { source_url: "https://shop.example/feed.csv.gz" },
    shots,
  });
  expect(status).toBe(201);
  await Promise.all(await new RunLoop(stepDependencies(api, { fetchImage: fetchImage as never })).startDue());
  const { body: run } = await runs.call("GET", `/v1/runs/${body.id}`);
  expect(run).toMatchObject({ status: "ready", counts: { products: 20, new: 20 } });
  const private_ = await runs.call("POST", "/v1/runs", { source: { source_url: "https://10.0.0.1/x.csv" }, shots });
  expect(private_).toMatchObject({ status: 400, body: { code: "image_url_forbidden" } });
});
