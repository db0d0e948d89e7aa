import { readFileSync } from "node:fs";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import type { runExportSchema, runRowListSchema } from "../functions/api/catalogue/results/result-responses.ts";
import { UploadedFiles } from "../functions/api/files/uploaded-files.ts";
import { RunLoop } from "../functions/runs/steps/run-loop.ts";
import { type ApiUnderTest, openApi } from "./support/api/api-under-test.ts";
import { CatalogueRuns } from "./support/api/catalogue-runs.ts";
import { batchLine, createBatchOf, linesOf, stepDependencies, untilOver } from "./support/api/openai-batches.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

async function upload(text: string | Buffer, filename = "products.csv"): Promise<string> {
  const files = new UploadedFiles({ ...api.dependencies, clock: api.clock });
  const file = { filename, contentType: "text/csv", metadata: {}, accountId: api.account.id };
  return (await files.create({ ...file, id: `file-${api.dependencies.newId()}` }, Buffer.from(text))).id;
}

const rowsOf = async (id: string) =>
  (await runs.call<z.infer<typeof runRowListSchema>>("GET", `/v1/runs/${id}/rows?limit=100`)).body.data;

const drawing = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png", alt: "{{title}}" }];

it("first-night: ten are drawn and a row without title is not; then nothing, one, and a second version", async () => {
  const table = `${readFileSync("examples/catalogue/first-night.csv", "utf8").trimEnd()}\nN-011,,\n`;
  const order = { source: { file_id: await upload(table) }, shots: drawing };
  const first = await runs.finished(order);
  expect(first.counts).toMatchObject({ drawn: 10, refused: { template_value_missing: 1 } });
  expect(first.cost.charged).toBe(first.cost.quoted);
  const jobs = async () => (await api.jobs.list({ accountId: api.account.id, limit: 50 })).jobs.length;
  expect(await jobs()).toBe(10);
  expect(await runs.finished(order)).toMatchObject({ counts: { unchanged: 10, to_draw: 0 }, cost: { charged: 0 } });
  expect(await jobs()).toBe(10);
  const [, ...lines] = table.split("\n");
  const title = lines[0]!.split(",")[1]!;
  const changed = { ...order, source: { file_id: await upload(table.replace(title, `${title} with a lid`)) } };
  const second = await runs.finished(changed);
  expect(second.counts).toMatchObject({ unchanged: 9, changed: { prompt: 1 }, drawn: 1 });
  const [task] = (await rowsOf(second.id)).map((row) => row.task);
  const reject = { tasks: [task], decision: "reject", reason: "product", regenerate: true };
  await runs.call("POST", `/v1/runs/${second.id}/review`, reject);
  await runs.settle(second.id);
  expect((await rowsOf(second.id))[0]).toMatchObject({ version: 2, status: "drawn" });
  await runs.call("POST", `/v1/runs/${second.id}/publish`);
  const exported = async () =>
    (await runs.call<z.infer<typeof runExportSchema>>("POST", `/v1/runs/${second.id}/export`, { channel: "shopify" }))
      .body;
  expect((await exported()).images).toBe(10);
  expect(await exported()).toMatchObject({ images: 0, files: [] });
});

it("shopify-new-columns, broken by a person: it is not begun, and what slid into the column of addresses is not fetched", async () => {
  const header = "Title,URL handle,Option1 name,Option1 value,SKU,Price,Product image URL,Status";
  // A comma in each title that nobody quoted moves all that follows one column to the right.
  const lines = Array.from({ length: 28 }, (_, i) => `Cap, soft,cap-${i},Color,Green,C-${i},5,TRUE,active`);
  const asked: string[] = [];
  const fetchImage = async (url: string) => {
    asked.push(url);
    throw new Error("nothing is to be fetched");
  };
  const shots = [{ ...drawing[0], id: "look", method: "restyle" }];
  const source = { file_id: await upload([header, ...lines].join("\n")) };
  const { body } = await runs.call("POST", "/v1/runs", { source, shots, start: true });
  await Promise.all(await new RunLoop(stepDependencies(api, { fetchImage: fetchImage as never })).startDue());
  const { body: read } = await runs.call("GET", `/v1/runs/${body.id}`);
  expect(read).toMatchObject({ needs_acceptance: true });
  expect(asked).toEqual([]);
  expect(await runs.call("POST", `/v1/runs/${body.id}/start`)).toMatchObject(
    read.status === "ready" ? { status: 409, body: { code: "warnings_not_accepted" } } : { status: 200 },
  );
});

it("shopify-legacy-bicycles: each variant is drawn from its own photo, named in the export beside the gallery", async () => {
  const table = [
    "Handle,Title,Variant SKU,Option1 Name,Option1 Value,Image Src,Image Position,Variant Image",
    "tape,Bar tape,T-K,Color,Black,https://shop.example/tape_Black.jpeg,1,https://shop.example/tape_Black.jpeg",
    "tape,,T-B,,Blue,https://shop.example/tape_Black.jpeg,2,https://shop.example/tape_Blue.jpeg",
    "tape,,,,,https://shop.example/tape_Back.jpeg,3,",
  ].join("\n");
  const asked: string[] = [];
  const fetchImage = async (url: string) => {
    asked.push(url);
    return { status: 404, headers: {}, body: new Uint8Array(), truncated: false };
  };
  const shots = [{ ...drawing[0], method: "restyle", fallback: "draw" }];
  const { body } = await runs.call("POST", "/v1/runs", { source: { file_id: await upload(table) }, shots });
  await Promise.all(await new RunLoop(stepDependencies(api, { fetchImage: fetchImage as never })).startDue());
  expect(asked.sort()).toEqual(["https://shop.example/tape_Black.jpeg", "https://shop.example/tape_Blue.jpeg"]);
  await runs.call("POST", `/v1/runs/${body.id}/start`);
  expect(await runs.settle(body.id)).toMatchObject({ status: "completed", counts: { drawn: 2 } });
});

it("openai-batch: the same request through both faces gives the same bytes", async () => {
  const prompts = ["a red teapot", "a blue mug", "一把红色的茶壶"];
  const rows = prompts.map((prompt, i) => ({ sku: `S-${i}`, title: prompt, seed: String(100 + i) }));
  const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "{{title}}", format: "png" }];
  const { id } = await runs.finished({ source: { rows }, shots, seeds: { column: "seed" } });
  const drawn = (await rowsOf(id)).map(({ files }) => files[0]!.sha256);
  const client = new OpenAI({
    apiKey: api.key,
    baseURL: "http://localhost/v1",
    fetch: async (input, init) => api.app.request(String(input), init as RequestInit),
  });
  const lines = prompts.map((prompt, i) =>
    batchLine(`S-${i}`, { prompt, seed: 100 + i, output_format: "png", response_format: "url" }),
  );
  const made = await createBatchOf(api, client, lines);
  await api.worker.start();
  const batch = await untilOver(api, client, made.id);
  const results = await linesOf(client, batch.output_file_id);
  const jobs = await Promise.all(results.map(({ response }) => api.jobs.get(response.request_id)));
  expect(jobs.map((job) => job!.images[0]!.sha256)).toEqual(drawn);
});
