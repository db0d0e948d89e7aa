import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, turbo } from "../../../../test/support/api/api-under-test.ts";
import { versionOf } from "./model-names.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const input = { prompt: "x", width: 64, height: 64, num_inference_steps: 2 };
const model = "prunaai/z-image-turbo";

interface Prediction {
  readonly id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly urls: { readonly stream: string; readonly get: string };
}

async function create(
  headers: { [name: string]: string } = {},
  body: object = { model, input },
  path = "/v1/predictions",
) {
  const response = await api.request("POST", path, body, headers);
  return { status: response.status, body: (await response.json()) as Prediction };
}

it.each([
  ["a model's name", "/v1/predictions", { model, input }],
  ["a version", "/v1/predictions", { version: versionOf(turbo), input }],
  ["a name with its version", "/v1/predictions", { version: `${model}:${versionOf(turbo)}`, input }],
  ["the model's path", `/v1/models/${model}/predictions`, { input }],
  ["a deployment's path", `/v1/deployments/${model}/predictions`, { input }],
])("takes %s", async (_, path, body) => {
  const { status, body: prediction } = await create({}, body, path);
  expect([status, prediction.status]).toEqual([201, "starting"]);
  expect((await api.jobs.get(prediction.id))?.params.model).toBe(turbo.id);
});

it.each([
  ["neither model nor version", { input }, 422],
  ["another model", { version: "stability-ai/sdxl", input }, 404],
])("refuses %s", async (_, body, status) => {
  expect((await create({}, body)).status).toBe(status);
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs).toEqual([]);
});

it("waits as long as Prefer says, and tells a job under way from an end", async () => {
  expect((await create({ prefer: "wait=5" })).body).toMatchObject({ status: "starting", output: null });
  api.worker.start();
  for (const prefer of ["wait", "respond-async, wait = 60", 'wait="60"']) {
    expect((await create({ prefer })).body, prefer).toMatchObject({ status: "succeeded" });
  }
});

it("lists pages that lead to one another, and cancels", async () => {
  const { body: first } = await create();
  api.clock.advance(1);
  for (let i = 0; i < 100; i++) await create();
  const list = async (path: string) => {
    const response = await api.request("GET", path);
    return (await response.json()) as { next: string | null; results: Prediction[] };
  };
  const page = await list("/v1/predictions");
  expect(page.results).toHaveLength(100);
  const last = await list(page.next!);
  expect([last.results.map(({ id }) => id), last.next]).toEqual([[first.id], null]);
  const canceled = await api.request("POST", `/v1/predictions/${first.id}/cancel`);
  expect(await canceled.json()).toMatchObject({ status: "canceled" });
});

it("streams events to whoever has the signed link, and to nobody else", async () => {
  const { body } = await create();
  await api.worker.workOnce();
  const stream = await api.app.request(body.urls.stream);
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  expect(await stream.text()).toMatch(/^event: done$/m);
  const forged = await api.app.request(body.urls.stream.replace(/sig=../, "sig=AA"));
  expect(forged.status).toBe(403);
});

it("lists the predictions of a time, page after page of the same list", async () => {
  const ids: string[] = [];
  const times: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push((await create()).body.id);
    times.push(new Date((await api.jobs.get(ids[i]!))!.createdAt).toISOString());
    api.clock.advance(1_000);
  }
  const list = async (query: string) => {
    const { results } = (await (await api.request("GET", `/v1/predictions?${query}`)).json()) as {
      results: Prediction[];
    };
    return results.map(({ id }) => id);
  };
  expect(await list("")).toEqual(ids.toReversed());
  expect(await list(`created_after=${times[0]}`)).toEqual([ids[2], ids[1]]);
  expect(await list(`created_after=${times[0]}&created_before=${times[2]}`)).toEqual([ids[1]]);
  expect(await list(`created_after=${times[2]}&created_before=${times[0]}`)).toEqual([]);
  const refused = await api.request("GET", "/v1/predictions?created_before=yesterday");
  expect(await refused.json()).toMatchObject({ status: 422, invalid_fields: [{ field: "created_before" }] });
});
