import sharp from "sharp";
import { afterEach, expect, it } from "vitest";
import { LimitError, SpendError } from "../../../shared/errors.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import type { Flight } from "../run.ts";
import { beginRows } from "./begin-rows.ts";
import type { InputRow } from "./row-chunks.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(close);

async function close() {
  await opened?.close();
  opened = undefined;
}

/** Begins the rows; with `error`, the store of jobs throws it. */
async function begin(
  inputs: readonly InputRow[],
  { error, untilMs = 1_000, faults }: { error?: Error; untilMs?: number; faults?: number } = {},
) {
  await close();
  opened = await openRun(inputs);
  const { run, clock, dependencies, jobs } = opened;
  const plan = inputs.map((_, row): Flight => ({ row, jobId: `job_${row}`, faults }));
  const failing = error && { jobs: withMethods(jobs, { submit: () => Promise.reject(error) }) };
  const order = { plan, rows: new Map(inputs.entries()), until: clock.now() + untilMs };
  return { plan, begun: await beginRows(run, order, { ...dependencies, ...failing }) };
}

it("makes jobs, and settles only the rows that are at fault themselves", async () => {
  const gone: InputRow = { key: "c", refused: { status: 400, body: { error: { code: "invalid_json" } } } };
  const { begun, plan } = await begin([inputRow("a"), inputRow("b", { stream: true }), gone]);
  expect(begun.inFlight).toEqual([plan[0]]);
  expect(begun.refused).toHaveLength(2);
  expect(begun.refused).toContainEqual({ row: 2, ...gone });
  expect(begun.refused).toContainEqual(
    expect.objectContaining({ row: 1, key: "b", refused: expect.objectContaining({ status: 400 }) }),
  );
  expect(begun).toMatchObject({ left: [] });
  expect(begun.pause).toBeUndefined();
  expect(await opened!.jobs.get("job_0")).toBeDefined();
});

it.each([
  ["rows", 16, undefined],
  ["rows that name images of several hosts", 8, 5],
  ["rows that name images of one host", 4, 1],
])("begins %s %i at once, and the next as soon as one has begun", async (_, most, hosts) => {
  await close();
  const bodyOf = (row: number) => (hosts ? { image: `https://host-${row % hosts}.example/${row}.png` } : {});
  const inputs = Array.from({ length: 40 }, (_row, i) => inputRow(`row ${i}`, bodyOf(i)));
  opened = await openRun(inputs);
  const { run, clock, dependencies, jobs } = opened;
  const waiting: (() => void)[] = [];
  let underWay = 0;
  let peak = 0;
  const counted = async <T>(work: () => Promise<T>) => {
    peak = Math.max(peak, ++underWay);
    await new Promise<void>((go) => waiting.push(go));
    underWay--;
    return work();
  };
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const slow =
    hosts !== undefined
      ? { fetchImage: () => counted(async () => ({ status: 200, headers: {}, body: png, truncated: false })) }
      : { jobs: withMethods(jobs, { submit: (...given) => counted(() => jobs.submit(...given)) }) };
  const plan = inputs.map((_row, row): Flight => ({ row, jobId: `job_${row}` }));
  const order = { plan, rows: new Map(inputs.entries()), until: clock.now() + 1_000 };
  let begun: Awaited<ReturnType<typeof beginRows>> | undefined;
  const ended = beginRows(run, order, { ...dependencies, ...slow }).then((result) => (begun = result));
  while (begun === undefined) {
    // All that can begin beside those under way have begun by then.
    await new Promise((resolve) => setTimeout(resolve, underWay < most && waiting.length > 0 ? 25 : 5));
    waiting.shift()?.();
  }
  await ended;
  expect(peak).toBe(most);
  expect(begun.inFlight).toHaveLength(40);
});

it("begins no row after its time", async () => {
  const { begun, plan } = await begin([inputRow("a")], { untilMs: 0 });
  expect(begun).toEqual({ inFlight: [], refused: [], left: plan });
  expect(await opened!.jobs.get("job_0")).toBeUndefined();
});

it("pauses for money that is missing and for a store that does not answer, and loses no row", async () => {
  const poor = await begin([inputRow("a"), inputRow("b")], { error: new SpendError("spend_limit", "too dear") });
  expect(poor.begun).toMatchObject({ inFlight: [], refused: [], pause: { code: "spend_limit", message: "too dear" } });
  expect(poor.begun.left).toHaveLength(2);
  const silent = await begin([inputRow("a")], { error: new Error("secret address") });
  expect(silent.begun).toMatchObject({ left: silent.plan, pause: { code: "service_unavailable" } });
  expect(silent.begun.pause?.message).not.toContain("secret");
});

it("leaves the rest for later, without a pause, where the account has no room", async () => {
  const { begun } = await begin([inputRow("a"), inputRow("b")], { error: new LimitError("queue_full", "full", 1) });
  expect(begun.left).toHaveLength(2);
  expect(begun.pause).toBeUndefined();
});

it.each(["too_many_fetches", "service_busy"])("leaves a row for later after %s, without a pause", async (code) => {
  const { begun, plan } = await begin([inputRow("a"), inputRow("b")], { error: new LimitError(code, "busy", 1) });
  expect(begun).toEqual({ inFlight: [], refused: [], left: plan });
});

it("tries a row that breaks the code three times", async () => {
  const error = new TypeError("not a value");
  const first = await begin([inputRow("a")], { error });
  expect(first.begun).toEqual({ inFlight: [], refused: [], left: [{ row: 0, jobId: "job_0", faults: 1 }] });
  const last = await begin([inputRow("a")], { error, faults: 2 });
  expect(last.begun).toMatchObject({ left: [], refused: [{ row: 0, key: "a", refused: { status: 500 } }] });
});
