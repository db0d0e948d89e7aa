import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../../test/support/api/api-under-test.ts";
import { cancelCall, noteCall } from "./canceled-calls.ts";

let api: ApiUnderTest;
let call: { accountId: string; session: string; requestId: string | number };
beforeEach(async () => {
  api = await openApi();
  call = { accountId: api.account.id, session: "s1", requestId: 3 };
});
afterEach(() => api.close());

const statusOf = async (id: string) => (await api.jobs.get(id))?.status;

it("cancels the job of a call, whichever comes first", async () => {
  const { job } = await submitJob(api);
  await noteCall(call, job.id, api);
  expect(await statusOf(job.id)).toBe("queued");
  await cancelCall(call, api);
  expect(await statusOf(job.id)).toBe("canceled");

  const { job: late } = await submitJob(api);
  await cancelCall({ ...call, requestId: "4" }, api);
  await noteCall({ ...call, requestId: "4" }, late.id, api);
  expect(await statusOf(late.id)).toBe("canceled");
});

it("takes no other session's, account's or kind of id for the call's", async () => {
  const { job } = await submitJob(api);
  await noteCall(call, job.id, api);
  for (const other of [{ session: "s2" }, { accountId: "acc_other" }, { requestId: "3" }]) {
    await cancelCall({ ...call, ...other }, api);
  }
  expect(await statusOf(job.id)).toBe("queued");
});
