import OpenAI from "openai";
import { afterEach, expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import type { ModerationSettings } from "../../shared/moderation/moderation-settings.ts";
import { type ApiServer, openApiServer } from "../../test/support/api/api-server.ts";
import { CatalogueRuns, teapotOrder } from "../../test/support/api/catalogue-runs.ts";
import { batchLine, createBatchOf, feedOnce, linesOf, untilOver } from "../../test/support/api/openai-batches.ts";

/** Content rules and the rows of batches and catalogue runs: a refused row fails alone, one without a verdict waits. */

let api: ApiServer;
let client: OpenAI;
afterEach(() => api.close());

async function open(moderation: ModerationSettings): Promise<void> {
  api = await openApiServer({ moderation });
  client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key });
}

const listed: ModerationSettings = { blockList: [{ category: "violence", phrases: ["red teapot"] }] };

it("fails the refused lines of a batch, and draws the others", async () => {
  await open(listed);
  api.beforeDrawing(async ({ params }) => {
    if (params.prompt === "a bad image") throw new PipelineError("content_policy", "the image is refused");
  });
  const lines = ["a fox", "a r-e-d teapot", "a bad image"].map((prompt, i) => batchLine(`row-${i}`, { prompt }));
  const { id } = await createBatchOf(api, client, lines);
  const batch = await untilOver(api, client, id);
  expect([batch.status, batch.request_counts]).toEqual(["completed", { total: 3, completed: 1, failed: 2 }]);
  const refused = { status_code: 400, body: { error: { code: "moderation_blocked" } } };
  const errors = await linesOf(client, batch.error_file_id);
  expect(errors.toSorted((a, b) => a.custom_id.localeCompare(b.custom_id))).toMatchObject([
    { custom_id: "row-1", response: refused },
    { custom_id: "row-2", response: refused },
  ]);
  expect((await api.allJobs()).map(({ status }) => status).toSorted()).toEqual(["failed", "succeeded"]);
});

it("fails the refused row of a catalogue run, and does not stop the run for it", async () => {
  await open(listed);
  await api.worker.stop();
  const runs = new CatalogueRuns(api);
  const rows = [
    { sku: "N-001", title: "red teapot" },
    { sku: "N-002", title: "blue teapot" },
  ];
  const run = await runs.finished({ ...teapotOrder, source: { rows } });
  expect(run.status).toBe("completed");
  const jobs = await api.allJobs();
  expect(jobs.map(({ status, params }) => [status, params.prompt])).toEqual([["succeeded", "a blue teapot"]]);
});

it("lets the lines of a batch wait while the moderation service is dead", async () => {
  await open({ blockList: [], text: { url: "http://127.0.0.1:9/", timeoutMs: 500, onFailure: "refuse" } });
  const { id } = await createBatchOf(api, client, [batchLine("row-0", {})]);
  await feedOnce(api);
  await feedOnce(api);
  expect(await client.batches.retrieve(id)).toMatchObject({
    status: "in_progress",
    request_counts: { completed: 0, failed: 0 },
  });
  expect(await api.allJobs()).toEqual([]);
});
