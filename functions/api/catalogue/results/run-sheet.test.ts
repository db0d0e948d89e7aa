import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../../test/support/api/catalogue-runs.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

it("shows the images of a run on a page that may do nothing, and says when there are no more", async () => {
  const { id } = await new CatalogueRuns(api).finished(teapotOrder);
  const response = await api.request("GET", `/v1/runs/${id}/sheets/1`);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}-1.html"`);
  expect(response.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
  const html = await response.text();
  expect(html.match(/<img [^>]*src="data:image\/png;base64,/g)).toHaveLength(2);
  expect(html).toContain("N-001_main_1.png");
  const behind = await api.request("GET", `/v1/runs/${id}/sheets/2`);
  expect(behind.status).toBe(404);
  expect((await readProblem(behind)).code).toBe("sheet_not_found");
});
