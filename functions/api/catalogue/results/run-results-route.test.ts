import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../../test/support/api/catalogue-runs.ts";
import { collect } from "../../../../test/support/collect.ts";
import { bytesSource } from "../../../catalogue/bytes/byte-source.ts";
import { openCatalogue } from "../../../catalogue/open-catalogue.ts";
import type {
  publicationSchema,
  runExportSchema,
  runRetryResultSchema,
  runReviewListSchema,
  runReviewResultSchema,
  runRowListSchema,
} from "./result-responses.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
let breaks: ReadonlySet<string>;
beforeEach(async () => {
  breaks = new Set();
  api = await openApi({
    beforeDrawing: async ({ params }) => {
      if (breaks.has(params.prompt)) throw new Error("the engine has a cold");
    },
  });
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png", alt: "{{title}}" }];
const rows = [
  { sku: "N-001", title: "red teapot" },
  { sku: "N-002", title: "=cmd()" },
  { sku: "N-003", title: null },
];
type Rows = z.infer<typeof runRowListSchema>;
type ReviewList = z.infer<typeof runReviewListSchema>;

const rowsOf = async (id: string, query = "") => (await runs.call<Rows>("GET", `/v1/runs/${id}/rows${query}`)).body;

describe("rows", () => {
  it("are listed with status, reason and files, a page after the other", async () => {
    const { id } = await runs.finished({ source: { rows }, shots });
    const first = await rowsOf(id, "?limit=2");
    expect(first.data).toMatchObject([
      { task: "N-001#main", line: 1, status: "drawn", error: null, review: { state: "auto_ok" } },
      { task: "N-002#main", status: "drawn", prompt: "a =cmd()", files: [{ name: "N-002_main_1.png", n: 1 }] },
    ]);
    const second = await rowsOf(id, `?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ sku: "N-003", status: "failed", review: null }], next_cursor: null });
    expect((await rowsOf(id, "?status=failed&reason=template_value_missing")).data).toHaveLength(1);
    expect((await rowsOf(id, "?sku=N-002")).data.map(({ sku }) => sku)).toEqual(["N-002"]);
    expect(await runs.call("GET", `/v1/runs/${id}/rows?cursor=x`)).toMatchObject({ status: 400 });
  });

  it("that failed while they were drawn are drawn once more, and charged once", async () => {
    breaks = new Set(["a red teapot"]);
    const done = await runs.finished({ source: { rows }, shots });
    expect(done.counts).toMatchObject({ drawn: 1, failed: 1 });
    breaks = new Set();
    const retried = await runs.call<z.infer<typeof runRetryResultSchema>>("POST", `/v1/runs/${done.id}/retry`);
    expect(retried.body).toMatchObject({
      drawn_again: 1,
      left_out: { template_value_missing: 1 },
      run: { status: "running" },
    });
    expect((await rowsOf(done.id)).data[0]!.status).toBe("waiting");
    const after = await runs.settle(done.id);
    expect(after).toMatchObject({ status: "completed", counts: { drawn: 2 } });
    expect(after.cost.charged).toBe(2 * done.cost.charged);
    const [first] = (await rowsOf(done.id)).data;
    expect(first).toMatchObject({ task: "N-001#main", status: "drawn", version: 1, files: [{ n: 1 }] });
    const again = await runs.call<z.infer<typeof runRetryResultSchema>>("POST", `/v1/runs/${done.id}/retry`);
    expect(again.body.drawn_again).toBe(0);
  });
});

describe("review", () => {
  const review = (id: string, body: object) =>
    runs.call<z.infer<typeof runReviewResultSchema>>("POST", `/v1/runs/${id}/review`, body);
  const listOf = async (id: string, query = "") =>
    (await runs.call<ReviewList>("GET", `/v1/runs/${id}/review${query}`)).body;

  it("shows each image until it is decided on, and estimates the share of bad ones", async () => {
    const { id } = await runs.finished({ source: { rows }, shots, review: "all" });
    const open = await listOf(id, "?state=needs_review&limit=1");
    expect(open).toMatchObject({ counts: { needs_review: 2, approved: 0 }, estimate: null });
    const rest = await listOf(id, `?state=needs_review&limit=1&cursor=${open.next_cursor}`);
    expect(new Set([...open.data, ...rest.data].map(({ sku }) => sku))).toEqual(new Set(["N-001", "N-002"]));
    expect(rest.next_cursor).toBeNull();
    await review(id, { tasks: ["N-001#main"], decision: "approve" });
    const rejected = await review(id, { state: "needs_review", decision: "reject", reason: "text", note: "no cmd" });
    expect(rejected.body).toMatchObject({ decided: 1, drawn_again: 0 });
    const { counts, estimate, data } = await listOf(id, "?state=rejected");
    expect(counts).toEqual({ auto_ok: 0, needs_review: 0, approved: 1, rejected: 1 });
    expect(estimate).toMatchObject({ looked_at: 2, rejected: 1 });
    expect(data[0]!.review).toMatchObject({ reason: "text", note: "no cmd" });
    const approved = await (await api.request("GET", `/v1/runs/${id}/manifest.jsonl?review=approved`)).text();
    expect(
      approved
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).sku),
    ).toEqual(["N-001"]);
  });

  it("draws a rejected image again as the next version, and the next run leaves it so", async () => {
    const done = await runs.finished({ source: { rows }, shots });
    const [before] = (await rowsOf(done.id)).data;
    const wish = { tasks: ["N-001#main"], decision: "reject", regenerate: { prompt_suffix: "on a table" } };
    expect((await review(done.id, wish)).body).toMatchObject({ decided: 1, drawn_again: 1 });
    const after = await runs.settle(done.id);
    expect(after.cost.charged).toBe((3 * done.cost.charged) / 2);
    const [row] = (await rowsOf(done.id)).data;
    expect(row).toMatchObject({ version: 2, status: "drawn", prompt: "a red teapot on a table", change: "redrawn" });
    expect(row!.review!.state).toBe("auto_ok");
    expect(row!.files[0]!.seed).not.toBe(before!.files[0]!.seed);
    const next = await runs.finished({ source: { rows }, shots });
    expect(next.counts).toMatchObject({ unchanged: 2, to_draw: 0 });
    await review(next.id, { tasks: ["N-001#main"], decision: "reject" });
    expect((await runs.finished({ source: { rows }, shots })).counts).toMatchObject({ unchanged: 1, redrawn: 1 });
  });
});

describe("publishing", () => {
  type Publication = z.infer<typeof publicationSchema>;
  const publish = async (id: string, body?: object) =>
    (await runs.call<Publication>("POST", `/v1/runs/${id}/publish`, body)).body;

  it("gives each image an address that ends in its name and answers 200, until it is withdrawn", async () => {
    const { id } = await runs.finished({ source: { rows }, shots });
    expect(await publish(id)).toMatchObject({ published: 2, already: 0, held: 0, next_cursor: null });
    expect(await publish(id)).toMatchObject({ published: 0, already: 2 });
    const url = new URL((await rowsOf(id)).data[0]!.files[0]!.public_url!);
    expect(url.pathname).toMatch(/^\/i\/[0-9a-z]{16}\/[0-9a-f]{10}\/N-001_main_1\.png$/);
    const image = await api.app.request(url.pathname);
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(image.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const bytes = Buffer.from(await image.arrayBuffer());
    expect(image.headers.get("content-length")).toBe(String(bytes.length));
    const head = await api.app.request(url.pathname, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    const part = await api.app.request(url.pathname, { headers: { range: "bytes=4-9" } });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytes.subarray(4, 10)]);
    const etag = image.headers.get("etag")!;
    expect((await api.app.request(url.pathname, { headers: { "if-none-match": etag } })).status).toBe(304);
    const folder = url.pathname.split("/").slice(0, 3).join("/");
    for (const path of [folder, `${folder}/0000000000/N-001_main_1.png`, `/i/../v1/models`, `${url.pathname}/x`]) {
      expect((await api.app.request(path)).status, path).not.toBe(200);
    }
    const { body } = await runs.call<Publication>("POST", `/v1/runs/${id}/unpublish`, { tasks: ["N-001#main"] });
    expect(body.withdrawn).toBe(1);
    expect((await api.app.request(url.pathname)).status).toBe(410);
    expect((await rowsOf(id)).data[0]!.files[0]!.public_url).toBeNull();
    expect(await publish(id)).toMatchObject({ published: 1, already: 1 });
    expect((await api.app.request(url.pathname)).status).toBe(200);
  });

  it("holds back what was rejected or has to be looked at first", async () => {
    const { id } = await runs.finished({ source: { rows }, shots, review: "all" });
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
    const order = { source: { file_id: uploaded }, shots };
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
    expect(lines[1]).toMatch(/^tape,Tape,,,T-1,http:\/\/localhost\/i\/\w{16}\/\w{10}\/T-1_main_1\.png,3,Tape,http/);
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
    const { id } = await runs.finished({ source: { rows: rows.slice(0, 1) }, shots });
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

describe("manifests", () => {
  it("come as a workbook whose cells are texts", async () => {
    const { id } = await runs.finished({ source: { rows: [{ sku: "00123", title: "=cmd()" }] }, shots });
    const response = await api.request("GET", `/v1/runs/${id}/manifest.xlsx`);
    const table = await openCatalogue(bytesSource(new Uint8Array(await response.arrayBuffer())));
    const [record] = await collect(table.records());
    const cell = (name: string) => record!.cells[table.columns.indexOf(name)];
    expect([cell("sku"), cell("file"), cell("prompt")]).toEqual(["00123", "00123_main_1.png", "a =cmd()"]);
  });

  it("come as the caller's own table with columns added", async () => {
    const { id } = await runs.finished({ source: { rows }, shots });
    const response = await api.request("GET", `/v1/runs/${id}/input.csv?for=excel`);
    const table = await openCatalogue(bytesSource(new Uint8Array(await response.arrayBuffer())));
    const records = await collect(table.records());
    expect(records.map(({ cells }) => [cells[0], cells[1], cells[2], cells[6]])).toEqual([
      ["N-001", "red teapot", "N-001_main_1.png", "main: drawn"],
      ["N-002", "'=cmd()", "N-002_main_1.png", "main: drawn"],
      ["N-003", "", "", "main: failed"],
    ]);
  });
});
