import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { findLostJob, findRetriedJob, noteLost, noteRequest } from "./client-retry.ts";

const request = { keyId: "key_1", fingerprint: "f" };
let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

it("knows the request that is sent again, for fifteen minutes", async () => {
  await noteRequest(request, "job_1", api);
  expect(await findRetriedJob(request, 1, api)).toBe("job_1");
  expect(await findRetriedJob({ ...request, keyId: "key_2" }, 1, api)).toBeUndefined();
  expect(await findRetriedJob({ ...request, fingerprint: "g" }, 1, api)).toBeUndefined();
  api.clock.advance(15 * 60_000);
  expect(await findRetriedJob(request, 2, api)).toBeUndefined();
});

it("gives each of several equal requests its own job back", async () => {
  for (const id of ["job_1", "job_2", "job_3"]) await noteRequest(request, id, api);
  const found = await Promise.all([1, 1, 1].map((count) => findRetriedJob(request, count, api)));
  expect(found.sort()).toEqual(["job_1", "job_2", "job_3"]);
});

it("stays with the job of the first re-send, not with an older equal request", async () => {
  await noteRequest(request, "job_1", api);
  await noteRequest(request, "job_2", api);
  expect(await findRetriedJob(request, 1, api)).toBe("job_2");
  expect(await findRetriedJob(request, 2, api)).toBe("job_2");
});

it("attaches to the newest when there were more re-sends than it can tell apart", async () => {
  await noteRequest(request, "job_1", api);
  expect(await findRetriedJob(request, 1, api)).toBe("job_1");
  expect(await findRetriedJob(request, 1, api)).toBe("job_1");
});

it("gives a request that was overtaken by its own repetition the repetition's job", async () => {
  const receivedAt = api.clock.now();
  api.clock.advance(1_000);
  await noteRequest({ ...request, resent: true }, "job_2", api);
  expect(await findLostJob(request, api, { receivedAt: api.clock.now() + 1 })).toBeUndefined();
  expect(await findLostJob(request, api, { receivedAt, lost: false })).toBe("job_2");
  expect(await findLostJob(request, api, { receivedAt, lost: false })).toBeUndefined();
});

it("gives a lost response back once, to whoever asks the same again", async () => {
  await noteRequest(request, "job_1", api);
  await noteRequest(request, "job_2", api);
  expect(await findLostJob(request, api)).toBeUndefined();
  await noteLost(request, "job_1", api);
  expect(await findLostJob({ ...request, keyId: "key_2" }, api)).toBeUndefined();
  expect(await Promise.all([findLostJob(request, api), findLostJob(request, api)])).toEqual(
    expect.arrayContaining(["job_1", undefined]),
  );
  await noteLost(request, "job_2", api);
  api.clock.advance(15 * 60_000);
  expect(await findLostJob(request, api)).toBeUndefined();
});
