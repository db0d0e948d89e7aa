import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromBuffer } from "yauzl";
import type * as z from "zod";
import { openApi } from "../../../test/support/api/api-under-test.ts";
import { feedOnce } from "../../../test/support/api/openai-batches.ts";
import type { runSchema } from "./run-responses.ts";

let api: Awaited<ReturnType<typeof openApi>>;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** A run, a list of them, or a problem. */
type Body = z.infer<typeof runSchema> & { readonly code: string; readonly data: readonly z.infer<typeof runSchema>[] };

const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }];
const rows = [
  { sku: "N-001", title: "red teapot" },
  { sku: "N-002", title: "=cmd()" },
  { sku: "N-003", title: null },
];

const authorization = () => ({ authorization: `Bearer ${api.key}` });
const ask = async (path: string, init: RequestInit = {}) =>
  api.app.request(`/v1/runs${path}`, { ...init, headers: { ...authorization(), ...init.headers } });
const json = async (path: string, init: RequestInit = {}) => {
  const response = await ask(path, init);
  return { status: response.status, body: (await response.json()) as Body };
};
const post = (path: string, body: object = {}, headers: Record<string, string> = {}) =>
  json(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

/** Takes steps and draws until the run is over, or stops for another reason. */
async function settle(id: string) {
  for (let passes = 0; passes < 100; passes++) {
    await feedOnce(api);
    while (await api.worker.workOnce());
    const { body } = await json(`/${id}`);
    if (!["importing", "running", "finishing", "canceling"].includes(body.status)) return body;
    await api.clock.sleep(500);
  }
  throw new Error("the run does not end");
}

async function finished(more: object = {}) {
  const { body } = await post("", { source: { rows }, shots, start: true, ...more });
  return settle(body.id);
}

describe("/v1/runs", () => {
  it("reads, waits, draws when told to, and says what to do next", async () => {
    const made = await post("", { source: { rows }, shots, metadata: { season: "spring" } });
    expect(made).toMatchObject({ status: 201, body: { object: "run", status: "importing", run_key: "default" } });
    const ready = await settle(made.body.id);
    expect(ready).toMatchObject({
      status: "ready",
      counts: { products: 3, tasks: 3, new: 2, to_draw: 2, refused: { template_value_missing: 1 } },
      next: expect.stringContaining("/start"),
    });
    expect(ready.cost.quoted).toBeGreaterThan(0);
    expect((await post(`/${ready.id}/start`)).body.status).toBe("running");
    const done = await settle(ready.id);
    expect(done).toMatchObject({ status: "completed", counts: { drawn: 2, failed: 0, under_way: 0 } });
    expect(done.cost.charged).toBe(ready.cost.quoted);
  });

  it("gives a manifest with a line for each file and each row without one, safe for spreadsheets", async () => {
    const { id } = await finished();
    const lines = (await (await ask(`/${id}/manifest.jsonl`)).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ sku, status, file, error_code }) => [sku, status, file, error_code])).toEqual([
      ["N-001", "drawn", "N-001_main_1.png", null],
      ["N-002", "drawn", "N-002_main_1.png", null],
      ["N-003", "failed", null, "template_value_missing"],
    ]);
    const { pathname, search } = new URL(lines[0].url);
    const stored = await api.app.request(pathname + search);
    expect(stored.status).toBe(200);
    expect((await stored.arrayBuffer()).byteLength).toBe(lines[0].bytes);
    const csv = Buffer.from(await (await ask(`/${id}/manifest.csv`)).arrayBuffer()).toString("utf8");
    expect(csv.startsWith("\uFEFFline,sku,shot,n,version,status")).toBe(true);
    expect(csv).toContain("a =cmd()");
  });

  it("gives the files as an archive whose bytes can be asked for in pieces", async () => {
    const { id } = await finished();
    const whole = await ask(`/${id}/archive.zip`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(whole.headers.get("content-length")).toBe(String(bytes.length));
    expect(await namesIn(bytes)).toEqual(["N-001_main_1.png", "N-002_main_1.png", "manifest.csv"]);
    const etag = whole.headers.get("etag")!;
    const part = await ask(`/${id}/archives/1`, { headers: { range: "bytes=100-299", "if-range": etag } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 300))).toBe(true);
    expect((await ask(`/${id}/archive.zip`, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect(await json(`/${id}/archives/2`)).toMatchObject({ status: 404, body: { code: "archive_not_found" } });
  });

  it("costs nothing again when nothing has changed", async () => {
    await finished();
    expect(await finished()).toMatchObject({
      status: "completed",
      counts: { unchanged: 2, to_draw: 0 },
      cost: { quoted: 0, charged: 0 },
    });
  });

  it("pauses and resumes as its caller says, and cancels before it has begun", async () => {
    const { body } = await post("", { source: { rows }, shots });
    await settle(body.id);
    await post(`/${body.id}/start`);
    expect((await post(`/${body.id}/pause`)).body).toMatchObject({
      status: "paused",
      paused: { code: "paused_by_caller" },
    });
    await feedOnce(api);
    expect((await json(`/${body.id}`)).body).toMatchObject({ status: "paused", counts: { under_way: 0 } });
    await post(`/${body.id}/resume`);
    expect(await settle(body.id)).toMatchObject({ status: "completed" });
    const other = await post("", { source: { rows }, shots, run_key: "other" });
    await settle(other.body.id);
    expect((await post(`/${other.body.id}/cancel`)).body).toMatchObject({ status: "canceled" });
  });

  it("is made once, however often it is asked for under one key", async () => {
    const body = { source: { rows }, shots };
    const first = await post("", body, { "idempotency-key": "night-1" });
    const second = await post("", body, { "idempotency-key": "night-1" });
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id } });
    const other = await post("", { ...body, run_key: "b" }, { "idempotency-key": "night-1" });
    expect(other).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect((await json("")).body.data.map(({ id }) => id)).toEqual([first.body.id]);
  });

  it("belongs to its account, and is no batch", async () => {
    const { body } = await post("", { source: { rows }, shots });
    expect(await json("/run_unknown")).toMatchObject({ status: 404, body: { code: "run_not_found" } });
    const batch = await api.app.request(`/v1/batches/${body.id}`, { headers: authorization() });
    expect(batch.status).toBe(404);
    const batches = await api.app.request("/v1/batches", { headers: authorization() });
    expect(((await batches.json()) as { data: unknown[] }).data).toEqual([]);
  });

  it.each([
    [{ shots }, "source"],
    [{ source: { rows: [] }, shots }, "source"],
    [{ source: { rows } }, "shots"],
    [{ source: { rows }, shots, preset: "poster_en" }, "shots"],
    [{ source: { rows }, preset: "nothing" }, "preset"],
    [{ source: { rows }, shots, naming: "{n}" }, "naming"],
    [{ source: { rows }, shots, run_key: "A B" }, "run_key"],
    [{ source: { rows }, shots: [{ ...shots[0], id: "A" }] }, "shots.0.id"],
    [{ source: { file_id: "file-unknown" }, shots }, "file"],
  ])("refuses %j", async (body, param) => {
    const { status, body: problem } = await post("", body);
    expect([400, 404]).toContain(status);
    expect(JSON.stringify(problem)).toContain(param);
  });
});

function namesIn(bytes: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: false }, (error, zip) => {
      if (error) return reject(error);
      const names: string[] = [];
      zip.on("error", reject);
      zip.on("entry", ({ fileName }: { fileName: string }) => names.push(fileName));
      zip.on("end", () => resolve(names));
    });
  });
}
