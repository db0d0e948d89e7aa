import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../../test/support/api/catalogue-runs.ts";
import { findRun, runWrite } from "../../../runs/run-store.ts";
import type { Problem } from "../../problems/service-responses.ts";
import type {
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

const rowsOf = async (id: string, query = "") =>
  (await runs.call<z.infer<typeof runRowListSchema>>("GET", `/v1/runs/${id}/rows${query}`)).body;

describe("retry", () => {
  it("draws once more what failed while it was drawn, and charges it once", async () => {
    breaks = new Set(["a red teapot"]);
    const done = await runs.finished(teapotOrder);
    expect(done.counts).toMatchObject({ drawn: 1, failed: 1 });
    breaks = new Set();
    const others = await runs.call("POST", `/v1/runs/${done.id}/retry`, { skus: ["N-002"] });
    expect(others.body).toMatchObject({ drawn_again: 0, left_out: {} });
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
    (await runs.call<z.infer<typeof runReviewListSchema>>("GET", `/v1/runs/${id}/review${query}`)).body;

  it("takes images off the list that are decided on, and estimates the share of bad ones", async () => {
    const { id } = await runs.finished({ ...teapotOrder, review: "all" });
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
    const done = await runs.finished(teapotOrder);
    const [before] = (await rowsOf(done.id)).data;
    const wish = { tasks: ["N-001#main"], decision: "reject", regenerate: { prompt_suffix: "on a table" } };
    expect((await review(done.id, wish)).body).toMatchObject({ decided: 1, drawn_again: 1 });
    const after = await runs.settle(done.id);
    expect(after.cost.charged).toBe((3 * done.cost.charged) / 2);
    const [row] = (await rowsOf(done.id)).data;
    expect(row).toMatchObject({ version: 2, status: "drawn", prompt: "a red teapot on a table", change: "redrawn" });
    expect(row!.review!.state).toBe("auto_ok");
    expect(row!.files[0]!.seed).not.toBe(before!.files[0]!.seed);
    const next = await runs.finished(teapotOrder);
    expect(next.counts).toMatchObject({ unchanged: 2, to_draw: 0 });
    await review(next.id, { tasks: ["N-001#main"], decision: "reject" });
    expect((await runs.finished(teapotOrder)).counts).toMatchObject({ unchanged: 1, redrawn: 1 });
  });

  it("refuses to draw again in a run that was canceled, and records no verdict", async () => {
    const { id } = await runs.finished(teapotOrder);
    const { run, version } = (await findRun(api.items, id))!;
    await api.items.write([runWrite({ ...run, status: "canceled" }, version)]);
    const wish = { tasks: ["N-001#main"], decision: "reject", regenerate: true };
    const refusal = { status: 409, body: { code: "run_state" } };
    expect(await runs.call<Problem>("POST", `/v1/runs/${id}/review`, wish)).toMatchObject(refusal);
    expect(await runs.call<Problem>("POST", `/v1/runs/${id}/retry`)).toMatchObject(refusal);
    expect((await listOf(id)).counts).toMatchObject({ auto_ok: 2, rejected: 0 });
    expect((await review(id, { ...wish, regenerate: false })).body).toMatchObject({ decided: 1, drawn_again: 0 });
  });
});
