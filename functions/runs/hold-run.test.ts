import { afterEach, expect, it } from "vitest";
import { openRun } from "../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../test/support/catalogue/sample-catalogue.ts";
import { holdRun, inState } from "./hold-run.ts";
import type { Run } from "./run.ts";

let close = async () => {};
afterEach(() => close());

async function open(changes: Partial<Run> = {}) {
  const opened = await openRun([], { face: "catalogue", catalogue: sampleCatalogue(), ...changes });
  close = opened.close;
  const { run, items, clock } = opened;
  let slept = 0;
  /** Each sleep ends at once, after its time. */
  const stepping = {
    ...clock,
    async sleep(ms: number) {
      slept += ms;
      clock.advance(ms);
    },
  };
  const given = { items, clock: stepping };
  return {
    ...opened,
    hold: (allowed = inState("running"), accountId = run.identity.accountId) =>
      holdRun({ accountId, id: run.id }, allowed, given),
    slept: () => slept,
  };
}

it("takes the turn of a run that nobody works on, until it is given back", async () => {
  const { hold, read, clock } = await open();
  const turn = await hold();
  expect((await read()).workingUntil).toBe(clock.now() + 60_000);
  await turn.end(() => ({ metadata: { changed: "yes" }, nextAt: clock.now() }));
  expect(await read()).toMatchObject({ metadata: { changed: "yes" } });
  expect((await read()).workingUntil).toBeUndefined();
});

it("waits for a step to end, and then sees what it has written", async () => {
  const { hold, turn, clock, slept } = await open();
  const step = await turn();
  await step.keep(() => ({ completed: 1 }), [], 900);
  const held = await hold();
  expect(held.run.completed).toBe(1);
  expect(slept()).toBe(1_000);
  await expect(step.end(() => ({ nextAt: clock.now() }))).rejects.toThrow("another process has taken over");
});

it("gives up after ten seconds of a step that goes on", async () => {
  const { hold, turn, slept } = await open();
  await (await turn()).keep();
  await expect(hold()).rejects.toMatchObject({ name: "LimitError", code: "run_busy", retryAfterS: 5 });
  expect(slept()).toBe(9_800);
});

it("refuses a state that the change is not for, and leaves the run alone", async () => {
  const { hold, read, run } = await open({ status: "canceled" });
  const message = `run ${run.id} is canceled; this is possible while it is running, paused`;
  await expect(hold(inState("running", "paused"))).rejects.toMatchObject({ code: "run_state", message });
  expect((await read()).workingUntil).toBeUndefined();
});

it("knows no run of another account", async () => {
  const { hold } = await open();
  await expect(hold(inState("running"), "acc_other")).rejects.toMatchObject({ code: "run_not_found" });
});
