import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../test/support/api/catalogue-runs.ts";
import { stepDependencies } from "../../../test/support/api/openai-batches.ts";
import { RunLoop } from "../../runs/steps/run-loop.ts";
import type { runPreviewSchema } from "./run-report-responses.ts";

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
