import { afterEach, beforeEach, expect, it } from "vitest";
import type * as z from "zod";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../../test/support/api/catalogue-runs.ts";
import type { runReviewListSchema, runRowListSchema } from "./result-responses.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const rowsOf = async (id: string, query = "") =>
  (await runs.call<z.infer<typeof runRowListSchema>>("GET", `/v1/runs/${id}/rows${query}`)).body;

it("lists rows with status, reason and files, a page after the other", async () => {
  const { id } = await runs.finished(teapotOrder);
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

it("counts what failed by reason, with its lines, and says what can be drawn again", async () => {
  const { id } = await runs.finished(teapotOrder);
  const { body } = await runs.call("GET", `/v1/runs/${id}/failures`);
  expect(body).toEqual({
    object: "list",
    data: [
      {
        code: "template_value_missing",
        count: 1,
        lines: [3],
        can_retry: false,
        message: expect.stringContaining("line 3"),
      },
    ],
  });
});

it("lists images to review, a page after the other, with their counts", async () => {
  const { id } = await runs.finished({ ...teapotOrder, review: "all" });
  const listOf = async (query: string) =>
    (await runs.call<z.infer<typeof runReviewListSchema>>("GET", `/v1/runs/${id}/review${query}`)).body;
  const open = await listOf("?state=needs_review&limit=1");
  expect(open).toMatchObject({ counts: { needs_review: 2, approved: 0 }, estimate: null });
  const rest = await listOf(`?state=needs_review&limit=1&cursor=${open.next_cursor}`);
  expect(new Set([...open.data, ...rest.data].map(({ sku }) => sku))).toEqual(new Set(["N-001", "N-002"]));
  expect(rest.next_cursor).toBeNull();
  expect(await runs.call("GET", `/v1/runs/${id}/review?state=liked`)).toMatchObject({
    status: 400,
    body: { param: "state" },
  });
});
