import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../test/support/api/catalogue-runs.ts";
import type { presetListSchema, profileListSchema, runKeySchema } from "./run-report-responses.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }];
const rows = [
  { sku: "S-0", title: "cup" },
  { sku: "S-1", title: "mug" },
];
const runKey = async (key: string) =>
  (await runs.call<z.infer<typeof runKeySchema>>("GET", `/v1/run-keys/${key}`)).body;

it("lists the exports that it knows, with the columns that it reads of them", async () => {
  const { body } = await runs.call<z.infer<typeof profileListSchema>>("GET", "/v1/profiles");
  expect(body.data.find(({ id }) => id === "shopify_legacy")).toMatchObject({
    sku: ["Variant SKU"],
    recognised_by: expect.arrayContaining([["Handle"]]),
    photos: expect.arrayContaining(["Image Src"]),
    fields: { title: ["Title"] },
  });
});

it("lists ready-made shots, each of which a run accepts by its name", async () => {
  const { body } = await runs.call<z.infer<typeof presetListSchema>>("GET", "/v1/presets");
  expect(body.data.find(({ name }) => name === "poster_zh")!.shot.prompt).toContain("{{headline}}");
  for (const { name } of body.data) {
    const { status } = await runs.call("POST", "/v1/runs", { source: { rows }, preset: name });
    expect(status, name).toBe(201);
  }
});

it("counts what is remembered under a run key, and nothing of another key", async () => {
  const { id } = await runs.finished({ source: { rows }, shots, run_key: "autumn" });
  await runs.call("POST", `/v1/runs/${id}/review`, { tasks: ["S-1#main"], decision: "reject" });
  await runs.call("POST", `/v1/runs/${id}/publish`);
  const { bytes, drawn_at, ...counts } = await runKey("autumn");
  expect(counts).toMatchObject({ tasks: 2, images: 2, approved: 0, rejected: 1, published: 1 });
  expect(bytes).toBeGreaterThan(0);
  expect(drawn_at).toMatch(/^\d{4}-\d\d-\d\dT/);
  await runs.call("POST", `/v1/runs/${id}/unpublish`);
  expect(await runKey("autumn")).toMatchObject({ images: 2, published: 0 });
  expect(await runKey("spring")).toMatchObject({ tasks: 0, bytes: 0, rejected: 0, published: 0, drawn_at: null });
});
