import { afterEach, beforeEach, expect, it } from "vitest";
import { balanceKey } from "../../../shared/money/ledger.ts";
import { defaultPrices } from "../../../shared/money/price-list.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { parseImageRequest } from "../../../shared/request/parse-image-request.ts";
import { type ApiUnderTest, base, openApi, turbo } from "../../../test/support/api/api-under-test.ts";
import { QueueView } from "../jobs/queue-view.ts";
import { Moderator } from "../moderation/moderator.ts";
import { submitJob } from "./submit-job.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const unlimited = { unlimited: true };

/** Submits a job and tells what was done on the way, in order. */
async function submitted({
  terms = unlimited as { unlimited?: boolean; maxOpenJobs?: number },
  maxUnfinished = 10,
  body = {} as object,
  key = "k",
  id = `job_${api.dependencies.newId()}`,
} = {}) {
  const { objects, queue, jobs, clock } = api;
  const done: string[] = [];
  const noting =
    <A extends readonly unknown[], R>(name: string, call: (...given: A) => R) =>
    (...given: A): R => {
      done.push(name);
      return call(...given);
    };
  const items: Items = {
    ...api.items,
    get: noting("reads", api.items.get.bind(api.items)),
    write: noting("writes", api.items.write.bind(api.items)),
  };
  const queueView = new QueueView({ items: api.items, queue, clock, maxUnfinished });
  const tracing = {
    items,
    queueView,
    clock,
    jobs: { ...jobs, findReplay: noting("replay", jobs.findReplay), submit: noting("submit", jobs.submit) },
    objects: { ...objects, put: noting("stores an image", objects.put.bind(objects)) },
    queue,
    models: [turbo, base],
    prices: defaultPrices,
    localMode: false,
    budget: createRequestBudget({ clock }),
    moderator: new Moderator({ items: api.items, clock, log: () => {} }),
    newId: () => "01",
    log: (_level: string, message: string) => done.push(message),
  } as Parameters<typeof submitJob>[1];
  const submission = parseImageRequest({ prompt: "p", ...body }, { models: [turbo, base], newSeed: () => 1 });
  const identity = { accountId: api.account.id, keyId: "key_1", scopes: ["*"], terms };
  const idempotency = { key, fingerprint: key };
  const request = { keyId: "key_1", fingerprint: "f" };
  const result = await submitJob({ id, identity, submission, idempotency, request }, tracing).catch(
    (error: { code: string }) => error.code,
  );
  return { done, result };
}

const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

it("goes one way: key, the request's record, images, the transaction, the queue", async () => {
  const { done } = await submitted({ body: { image: pixel, size: "64x64" } });
  expect(done).toEqual(["replay", "writes", "stores an image", "submit", "job accepted"]);
});

it("gives the job of a key before it asks for room or money", async () => {
  const first = await submitted();
  const again = await submitted({ terms: {}, maxUnfinished: 0 });
  expect(again.done).toEqual(["replay"]);
  expect(again.result).toMatchObject({ replayed: true, job: { id: (first.result as { job: { id: string } }).job.id } });
});

it.each([
  ["no room", { maxUnfinished: 0 }, "queue_full"],
  ["no money", { terms: {} }, "insufficient_balance"],
  ["a price above max_cost", { body: { max_cost: 0, image: pixel } }, "max_cost_exceeded"],
])("with %s stores nothing", async (_, given, code) => {
  const { done, result } = await submitted({ body: { image: pixel }, ...given });
  expect(result).toBe(code);
  expect(done).not.toContain("writes");
  expect(done).not.toContain("stores an image");
  expect(await api.items.get(balanceKey(api.account.id))).toBeUndefined();
});
