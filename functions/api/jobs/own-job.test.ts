import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../test/support/api/api-under-test.ts";
import { ownJob } from "./own-job.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const find = (id: string, accountId: string) =>
  ownJob(id, { accountId, keyId: "key_1", scopes: ["*"], terms: {} }, api);

it("finds the account's job", async () => {
  const { job } = await submitJob(api);
  expect(await find(job.id, api.account.id)).toMatchObject({ id: job.id, status: "queued" });
});

it("gives another account's job and a job that never was the same error", async () => {
  const { job } = await submitJob(api);
  const absent = "job_01JD0000000000000000000000";
  for (const id of [job.id, absent]) {
    await expect(find(id, "acc_2")).rejects.toMatchObject({
      code: "job_not_found",
      message: `there is no job "${id}"`,
    });
  }
});

it.each([
  "job_1",
  "JOB#1",
  `job_${"A".repeat(27)}`,
  "x".repeat(10_000),
])("reads nothing for the id case %#", async (id) => {
  const jobs = { ...api.jobs, get: () => Promise.reject(new Error("read")) };
  const identity = { accountId: api.account.id, keyId: "key_1", scopes: ["*"], terms: {} };
  await expect(ownJob(id, identity, { jobs })).rejects.toMatchObject({ code: "job_not_found", param: "id" });
  await expect(ownJob(id, identity, { jobs })).rejects.toSatisfy((error: Error) => error.message.length < 100);
});
