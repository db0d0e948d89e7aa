import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../../test/support/api/catalogue-runs.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

async function call(name: string, given: object) {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } };
  const response = await api.request("POST", "/mcp", message, { accept: "application/json" });
  const { result } = (await response.json()) as { result: { isError?: boolean; content: { text: string }[] } };
  return { isError: result.isError ?? false, said: JSON.parse(result.content[0]!.text) };
}

const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}" }];
const source = { rows: [{ sku: "N-001", title: "red teapot" }] };

it("tells an agent the price of a table before anything is drawn, and draws when told to", async () => {
  const { said } = await call("run_create", { source, shots });
  expect(said).toMatchObject({ object: "run", status: "importing", next: expect.stringContaining("run_status") });
  await runs.settle(said.id);
  const ready = await call("run_status", { run_id: said.id });
  expect(ready.said).toMatchObject({ status: "ready", counts: { to_draw: 1, drawn: 0 } });
  expect(ready.said.cost.quoted).toBeGreaterThan(0);
  expect((await call("run_status", { run_id: said.id, start: true })).said.status).toBe("running");
  await runs.settle(said.id);
  expect((await call("run_status", { run_id: said.id })).said).toMatchObject({ status: "completed" });
});

it("begins at once where the agent says so, and says what is wrong", async () => {
  const { said } = await call("run_create", { source, shots, dry_run: false });
  expect(await runs.settle(said.id)).toMatchObject({ status: "completed", counts: { drawn: 1 } });
  expect(await call("run_create", { source, shots: [] })).toMatchObject({ isError: true });
  const unknown = await call("run_status", { run_id: "run_of_somebody" });
  expect(unknown).toMatchObject({ isError: true, said: { error: { code: "run_not_found" } } });
});
