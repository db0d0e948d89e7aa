import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../../test/support/api/catalogue-runs.ts";
import type { publicationSchema, runExportSchema, runRowListSchema } from "./result-responses.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const rowsOf = async (id: string, query = "") =>
  (await runs.call<z.infer<typeof runRowListSchema>>("GET", `/v1/runs/${id}/rows${query}`)).body;

describe("publishing", () => {
  type Publication = z.infer<typeof publicationSchema>;
  const publish = async (id: string, body?: object) =>
    (await runs.call<Publication>("POST", `/v1/runs/${id}/publish`, body)).body;

  it("gives each image an address that ends in its name and answers 200, until it is withdrawn", async () => {
    const { id } = await runs.finished(teapotOrder);
    expect(await publish(id, { only: "approved" })).toMatchObject({ published: 0, held: 2 });
    expect(await publish(id)).toMatchObject({ published: 2, already: 0, held: 0, next_cursor: null });
    expect(await publish(id)).toMatchObject({ published: 0, already: 2 });
    const url = new URL((await rowsOf(id)).data[0]!.files[0]!.public_url!);
    expect(url.pathname).toMatch(/^\/i\/[0-9a-z]{16}\/[0-9a-f]{10}\/N-001_main_1\.png$/);
    expect((await api.app.request(url.pathname)).status).toBe(200);
    const { body } = await runs.call<Publication>("POST", `/v1/runs/${id}/unpublish`, { tasks: ["N-001#main"] });
    expect(body.withdrawn).toBe(1);
    expect((await api.app.request(url.pathname)).status).toBe(410);
    expect((await rowsOf(id)).data[0]!.files[0]!.public_url).toBeNull();
    expect(await publish(id)).toMatchObject({ published: 1, already: 1 });
    expect((await api.app.request(url.pathname)).status).toBe(200);
  });

  it("holds back what was rejected or has to be looked at first", async () => {
    const { id } = await runs.finished({ ...teapotOrder, review: "all" });
    expect(await publish(id)).toMatchObject({ published: 0, held: 2 });
    await runs.call("POST", `/v1/runs/${id}/review`, { tasks: ["N-002#main"], decision: "approve" });
    expect(await publish(id, { only: "approved" })).toMatchObject({ published: 1, held: 1 });
  });
});

describe("exports", () => {
  const exported = async (id: string, body: object) =>
    (await runs.call<z.infer<typeof runExportSchema>>("POST", `/v1/runs/${id}/export`, body)).body;
  const textOf = async (url: string) => {
    const { pathname, search } = new URL(url);
    return (await api.app.request(pathname + search)).text();
  };

  it("name what a shop has not been given yet, once", async () => {
    const file = [
      "Handle,Title,Variant SKU,Image Src,Image Position",
      "tape,Tape,T-1,https://shop.example/a.jpg,1",
      "tape,,,https://shop.example/b.jpg,2",
      "cup,Cup,C-1,,",
    ];
    const uploaded = await upload(file.join("\n"));
    const order = { source: { file_id: uploaded }, shots: teapotOrder.shots };
    const { id } = await runs.finished(order);
    expect(await exported(id, { channel: "shopify_legacy" })).toMatchObject({ files: [], images: 0, held: 2 });
    await runs.call("POST", `/v1/runs/${id}/publish`);
    const first = await exported(id, { channel: "shopify_legacy" });
    expect(first).toMatchObject({ products: 2, images: 2, held: 0, left_out: [] });
    const lines = (await textOf(first.files[0]!.url)).trimEnd().split("\r\n");
    expect(lines[0]).toBe(
      "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Image Src,Image Position,Image Alt Text,Variant Image",
    );
    // Behind the two that the shop has.
    expect(lines[1]).toMatch(/^tape,Tape,,,T-1,http:\/\/localhost\/i\/\w{16}\/\w{10}\/T-1_main_1\.png,3,Tape,$/);
    expect(lines[2]).toMatch(/^cup,Cup,,,C-1,.*C-1_main_1\.png,1,Cup,/);
    expect(await exported(id, { channel: "shopify_legacy" })).toMatchObject({ files: [], images: 0 });
    expect(await exported(id, { channel: "shopify_legacy", full: true })).toMatchObject({ images: 2 });
    expect(await exported(id, { channel: "woocommerce" })).toMatchObject({ images: 2 });
    await runs.call("POST", `/v1/runs/${id}/review`, { tasks: ["C-1#main"], decision: "reject" });
    const again = await runs.finished(order);
    await runs.call("POST", `/v1/runs/${again.id}/publish`);
    const second = await exported(again.id, { channel: "shopify_legacy" });
    expect(second).toMatchObject({ products: 1, images: 1 });
  });

  it("say what the channel does not take", async () => {
    const { id } = await runs.finished({ ...teapotOrder, source: { rows: teapotOrder.source.rows.slice(0, 1) } });
    await runs.call("POST", `/v1/runs/${id}/publish`);
    const reason = "64 × 64: a side is shorter than 500 pixels";
    const left_out = [{ sku: "N-001", shot: "main", reason }];
    expect(await exported(id, { channel: "google" })).toMatchObject({ files: [], images: 0, left_out });
  });

  async function upload(text: string): Promise<string> {
    const form = new FormData();
    form.set("file", new File([text], "products.csv"));
    form.set("purpose", "user_data");
    const headers = { authorization: `Bearer ${api.key}` };
    const response = await api.app.request("/v1/files", { method: "POST", headers, body: form });
    return ((await response.json()) as { id: string }).id;
  }
});
