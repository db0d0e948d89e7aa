import { afterEach, beforeEach, expect, it } from "vitest";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { requestPath } from "./requests.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const app = "fal-ai/z-image/turbo";
const input = { prompt: "a teapot", image_size: { width: 64, height: 64 }, num_inference_steps: 2 };

async function ask(method: string, path: string, body?: object, headers = {}) {
  const response = await api.request(method, path, body, headers);
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    headers: response.headers,
    body: type.includes("json") ? await response.json() : await response.text(),
  };
}
interface Queued {
  readonly request_id: string;
  readonly status_url: string;
  readonly response_url: string;
  readonly cancel_url: string;
  readonly queue_position: number;
}

const queued = async (headers = {}, query = "") =>
  (await ask("POST", `/fal/queue/${app}${query}`, input, headers)).body as Queued;

it.each([
  ["/fal-ai/z-image/requests/job_1", { app: "fal-ai/z-image", id: "job_1", action: undefined }],
  ["/fal-ai/z-image/requests/job_1/status/stream", { app: "fal-ai/z-image", id: "job_1", action: "/status/stream" }],
  ["/fal-ai/z-image/requests/job_1/other", undefined],
  ["/requests/job_1", undefined],
  ["/fal-ai/z-image/turbo", undefined],
])("reads the path %s", (path, parts) => expect(requestPath(path)).toEqual(parts));

it("shows a request in the queue, in progress, and its result only when it is there", async () => {
  const { request_id: id, status_url, response_url, queue_position } = await queued();
  expect([status_url, queue_position]).toEqual([`http://localhost/fal/queue/fal-ai/z-image/requests/${id}/status`, 0]);
  expect(await ask("GET", status_url)).toMatchObject({ status: 202, body: { status: "IN_QUEUE", queue_position: 0 } });
  expect(await ask("GET", response_url)).toMatchObject({ status: 400, body: { code: "request_in_progress" } });
  await api.worker.workOnce();
  const done = await ask("GET", `${status_url}?logs=1`);
  expect(done).toMatchObject({
    status: 200,
    body: { status: "COMPLETED", logs: expect.arrayContaining([expect.objectContaining({ message: "step 2 of 2" })]) },
  });
  const result = await ask("GET", response_url);
  expect(result).toMatchObject({ status: 200, body: { images: [{ width: 64 }], prompt: "a teapot" } });
  expect(result.headers.get("x-fal-request-id")).toBe(id);
});

it("counts the requests ahead of a request", async () => {
  await queued();
  const { status_url } = await queued();
  // The depth of the queue is remembered for a while.
  api.clock.advance(10_000);
  expect(await ask("GET", status_url)).toMatchObject({ body: { queue_position: 1 } });
});

it("cancels what is not over", async () => {
  const { cancel_url, response_url } = await queued();
  expect(await ask("PUT", cancel_url)).toMatchObject({ status: 202, body: { status: "CANCELLATION_REQUESTED" } });
  expect(await ask("PUT", cancel_url)).toMatchObject({ status: 400, body: { status: "ALREADY_COMPLETED" } });
  expect(await ask("GET", response_url)).toMatchObject({ status: 422, body: { code: "job_canceled" } });
  expect((await ask("GET", cancel_url)).status, "another method").toBe(405);
});

it("takes priority, start timeout and webhook from headers and query", async () => {
  const jobOf = async (headers: object, query = "") => (await api.jobs.get((await queued(headers, query)).request_id))!;
  const given = await jobOf(
    { "x-fal-queue-priority": "low", "x-fal-request-timeout": "1.5" },
    "?fal_webhook=https%3A%2F%2Fexample.com%2Fhook",
  );
  expect(given).toMatchObject({ lane: "batch", webhook: { url: "https://example.com/hook", form: "fal" } });
  expect(given.deadlineAt! - given.createdAt).toBe(2_000);
  for (const timeout of ["0", "-1", "soon"]) {
    expect((await jobOf({ "x-fal-request-timeout": timeout })).deadlineAt, timeout).toBeUndefined();
  }
});

it("warns that images are kept for as long as any others, whatever the client's storageSettings say", async () => {
  const headers = { "x-fal-object-lifecycle-preference": '{"expiration_duration_seconds":3600}' };
  const { warnings } = (await api.jobs.get((await queued(headers)).request_id))!;
  expect(warningMessages(warnings)).toContainEqual(expect.stringContaining("images are kept for 30 days"));
});

it("holds a run until the result exists, and streams it where asked to", async () => {
  api.worker.start();
  const run = await ask("POST", `/fal/run/${app}`, { ...input, sync_mode: true });
  expect(run).toMatchObject({
    status: 200,
    body: { images: [{ url: expect.stringMatching(/^data:image\/png;base64,/) }] },
  });
  const stream = await ask("POST", `/fal/run/${app}/stream`, input);
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  const events = String(stream.body)
    .split("\n\n")
    .filter((block) => block.startsWith("data: "));
  expect(JSON.parse(events.at(-1)!.slice("data: ".length))).toMatchObject({ images: [{ width: 64 }] });
});
