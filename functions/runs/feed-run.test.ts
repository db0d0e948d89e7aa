import { afterEach, expect, it } from "vitest";
import { SpendError } from "../../shared/errors.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import { inputRow, openRun } from "../../test/support/api/run-under-test.ts";
import { collect } from "../../test/support/collect.ts";
import { feedRun } from "./feed-run.ts";
import { readRows } from "./run-store.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());
const open = async (...given: Parameters<typeof openRun>) => {
  opened = await openRun(...given);
  return opened;
};
const three = [inputRow("a"), inputRow("b"), inputRow("c")];

it("makes jobs of as many rows as the window has room for, and looks again after its time", async () => {
  const { turn, read, dependencies, jobs, clock } = await open(three);
  expect(await feedRun(await turn(), { ...dependencies, window: 2, everyMs: 5_000 })).toBe(2);
  const run = await read();
  expect(run).toMatchObject({ status: "running", next: 2, nextAt: clock.now() + 5_000 });
  expect(run.inFlight.map(({ row }) => row)).toEqual([0, 1]);
  for (const { jobId } of run.inFlight) expect((await jobs.get(jobId))?.status).toBe("queued");
  expect(await feedRun(await turn(), { ...dependencies, window: 2 }), "a full window").toBe(0);
});

it("records what came of the jobs, and is finishing after the last", async () => {
  const { turn, read, dependencies, draw, items, run } = await open([...three.slice(0, 2), inputRow("c", { n: -1 })]);
  await feedRun(await turn(), dependencies);
  await draw();
  await feedRun(await turn(), dependencies);
  expect(await read()).toMatchObject({ status: "finishing", completed: 2, failed: 1, inFlight: [] });
  const rows = await collect(readRows(items, run, 0));
  expect(rows.map(({ key, drawn }) => [key, drawn !== undefined])).toEqual([
    ["a", true],
    ["b", true],
    ["c", false],
  ]);
});

it("pauses where money is missing, loses no row, and goes on once a check succeeds", async () => {
  const { turn, read, dependencies, jobs, clock } = await open(three.slice(0, 1));
  const submit = () => Promise.reject(new SpendError("insufficient_balance", "no money"));
  await feedRun(await turn(), { ...dependencies, jobs: withMethods(jobs, { submit }) });
  const paused = await read();
  expect(paused).toMatchObject({ status: "paused", paused: { code: "insufficient_balance", checks: 0 }, failed: 0 });
  expect(paused.nextAt).toBe(paused.paused?.checkAt);
  clock.advance(paused.nextAt - clock.now());
  expect(await feedRun(await turn(), dependencies)).toBe(1);
  const resumed = await read();
  expect(resumed.status).toBe("running");
  expect(resumed.paused).toBeUndefined();
  expect(resumed.inFlight).toEqual(paused.inFlight);
});

it("begins no row of a canceled run, nor of one that has expired", async () => {
  const { turn, read, dependencies, account, jobs } = await open(three, { status: "canceling", cancelledAt: 1 });
  await feedRun(await turn(), dependencies);
  expect((await read()).status).toBe("finishing");
  expect((await jobs.list({ accountId: account.id, limit: 1 })).jobs).toEqual([]);
  await opened?.close();
  const late = await open(three);
  late.clock.advance(86_400_000);
  await feedRun(await late.turn(), late.dependencies);
  expect(await late.read()).toMatchObject({ status: "finishing", next: 0 });
});

it("stops a run whose key was revoked, and begins no row that was planned", async () => {
  const { turn, read, dependencies, apiKeys, account, run } = await open(three, {
    next: 1,
    inFlight: [{ row: 0, jobId: "job_0" }],
  });
  await apiKeys.revokeKey(account.id, run.identity.keyId);
  await feedRun(await turn(), dependencies);
  expect(await read()).toMatchObject({
    status: "finishing",
    next: 1,
    inFlight: [],
    errors: [{ code: "invalid_api_key" }],
  });
});
