import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { expect } from "vitest";
import { createApp } from "../../../functions/api/app.ts";
import type { ApiDependencies } from "../../../functions/api/dependencies.ts";
import type { JobResource } from "../../../functions/api/jobs/job-responses.ts";
import type { Problem } from "../../../functions/api/problems/service-responses.ts";
import { ApiKeys } from "../../../shared/access/api-keys.ts";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../../shared/embedded/objects.ts";
import { openEmbeddedQueue } from "../../../shared/embedded/queue.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { Activity } from "../activity.ts";
import { FakeWorker, type FakeWorkerDependencies } from "../engine/fake-worker.ts";
import { fastClock, type TestClock } from "../fast-clock.ts";

export type ApiUnderTest = Awaited<ReturnType<typeof openApi>>;

export const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
export const base = catalogModel({ id: "z-image", family: "base", random: false });

/**
 * The whole API over the embedded drivers, with an account, its key, a clock that does not wait and a worker to be
 * started.
 */
export async function openApi(
  given: Partial<Omit<ApiDependencies, "clock">> &
    Pick<FakeWorkerDependencies, "beforeDrawing"> & {
      /** @default fastClock() */
      readonly clock?: TestClock;
      /** @default items are in memory */
      readonly itemsFile?: string;
    } = {},
) {
  const { beforeDrawing, clock = fastClock(), itemsFile = ":memory:", ...overrides } = given;
  const folder = await mkdtemp(join(tmpdir(), "api-"));
  const newId = () => ulid(clock.now());
  const items = openEmbeddedItems(itemsFile, { clock });
  const activity = new Activity();
  const embeddedQueue = openEmbeddedQueue(":memory:", "jobs", { clock });
  const queue = withMethods(embeddedQueue, {
    async send(...message) {
      await embeddedQueue.send(...message);
      activity.tell();
    },
  });
  const objects = openEmbeddedObjects(folder);
  const jobs = createJobStore({ items, clock });
  const logged: string[] = [];
  const dependencies: ApiDependencies = {
    items,
    queue,
    objects,
    jobs,
    clock,
    newId,
    models: [turbo, base],
    linkSecret: "a secret for links",
    localMode: false,
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
    ...overrides,
  };
  const app = createApp(dependencies);
  const apiKeys = new ApiKeys({ items, clock, newId });
  const account = await apiKeys.createAccount("first", { unlimited: true });
  const { value: key } = await apiKeys.createKey(account.id);
  const worker = new FakeWorker({ queue, jobs, objects, activity, beforeDrawing });

  return {
    app,
    dependencies,
    apiKeys,
    account,
    key,
    worker,
    /** Messages sent, and jobs that the worker ended. */
    activity,
    clock,
    logged,
    items,
    queue,
    objects,
    jobs,
    /** A request with the account's key; an object body is sent as JSON. */
    request(method: string, path: string, body?: unknown, headers: { [name: string]: string } = {}) {
      return app.request(path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      });
    },
    async close() {
      await worker.stop();
      await items.close();
      await queue.close();
      await objects.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A small job, unless `body` says otherwise, over `POST /v1/jobs`. */
export async function submitJob(api: ApiUnderTest, body: object = {}, headers: { [name: string]: string } = {}) {
  const response = await api.request("POST", "/v1/jobs", { prompt: "a teapot", size: "64x64", ...body }, headers);
  return { response, job: (await response.json()) as JobResource };
}

/** The problem that a response carries, which has the response's status and request id. */
export async function readProblem(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Problem;
  expect(body.status).toBe(response.status);
  expect(body.request_id).toBe(response.headers.get("x-request-id"));
  return body;
}
