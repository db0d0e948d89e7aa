import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { madeAt, sampleRun } from "../../test/support/api/sample-run.ts";
import type { CatalogueState } from "../catalogue/run/catalogue-state.ts";
import { type Change, canceled, changeRun, paused, resumed, started } from "./change-run.ts";
import { createRun, findRun, runWrite } from "./run-store.ts";

const now = madeAt + 1_000;
const clock = { now: () => now, sleep: async () => {} };
const catalogue = { needsAcceptance: true } as CatalogueState;

describe("a wish", () => {
  it("to cancel ends what has not begun at once, and lets a feeder record what it has begun", () => {
    expect(canceled(sampleRun({ status: "ready" }), now)).toMatchObject({ status: "canceled", finishedAt: now });
    const begun = canceled(sampleRun({ status: "running", workingUntil: now + 500 }), now);
    expect(begun).toMatchObject({ status: "canceling", workingUntil: now + 500, cancelledAt: now });
    const importing = canceled(sampleRun({ status: "importing", workingUntil: now + 500 }), now);
    expect(importing).toMatchObject({ status: "canceling" });
    expect(importing?.workingUntil).toBeUndefined();
    expect(canceled(sampleRun({ status: "finishing" }), now)).toBeUndefined();
  });

  it("to start is refused while the file's warnings are not accepted, and says how", () => {
    const ready = sampleRun({ id: "run_1", face: "catalogue", status: "ready", catalogue });
    expect(() => started({ acceptWarnings: false })(ready, now)).toThrow(
      expect.objectContaining({
        code: "warnings_not_accepted",
        message: expect.stringContaining("/v1/runs/run_1/report"),
      }),
    );
    expect(started({ acceptWarnings: true })(ready, now)).toMatchObject({ status: "running", beganAt: now });
    expect(started({ acceptWarnings: false })(sampleRun({ catalogue }), now)).toBeUndefined();
  });

  it("to start or to resume may bring another limit, or take it away", () => {
    const order = { ...catalogue.order, maxCost: 5 };
    const limited = { ...catalogue, needsAcceptance: false, order };
    const ready = sampleRun({ face: "catalogue", status: "ready", catalogue: limited });
    const limitOf = (run: ReturnType<ReturnType<typeof started>>) => run?.catalogue?.order.maxCost;
    expect(limitOf(started({ acceptWarnings: false })(ready, now))).toBe(5);
    expect(limitOf(started({ acceptWarnings: false, maxCost: 7 })(ready, now))).toBe(7);
    const held = paused({ ...ready, status: "running" }, now)!;
    expect(limitOf(resumed()(held, now))).toBe(5);
    expect(limitOf(resumed(9)(held, now))).toBe(9);
    expect(limitOf(resumed(null)(held, now))).toBeUndefined();
  });

  it("to pause holds until the wish to resume, which is checked at once", () => {
    const held = paused(sampleRun(), now)!;
    expect(held).toMatchObject({ status: "paused", paused: { code: "paused_by_caller", since: now } });
    expect(held.paused!.checkAt).toBeGreaterThan(now + 1e12);
    expect(paused(held, now)).toBeUndefined();
    expect(resumed()(held, now + 5)).toMatchObject({ paused: { checkAt: now + 5 }, nextAt: now + 5 });
    expect(resumed()(sampleRun(), now)).toBeUndefined();
  });
});

describe("the run", () => {
  let items: EmbeddedItems;
  let sent: string[];
  beforeEach(() => {
    items = openEmbeddedItems(":memory:");
    sent = [];
  });
  afterEach(() => items.close());

  const change = (wish: Change, store: Items = items, accountId = "acc_1") => {
    const runSteps = { send: async (message: string) => void sent.push(message) };
    const dependencies = { items: store, clock, runSteps, log: () => {} };
    return changeRun({ accountId, id: "batch_1", face: "openai_batch" }, wish, dependencies);
  };

  it("is written down as changed, and its next step is sent for", async () => {
    await createRun(items, sampleRun());
    expect(await change(canceled)).toMatchObject({ status: "canceling" });
    expect((await findRun(items, "batch_1"))!.run).toMatchObject({ status: "canceling", cancelledAt: now });
    expect(sent.map((text) => JSON.parse(text))).toMatchObject([{ runId: "batch_1", step: "feed" }]);
    expect(await change(canceled)).toMatchObject({ status: "canceling" });
    expect(sent).toHaveLength(1);
  });

  it("keeps what a feeder records at the same moment", async () => {
    await createRun(items, sampleRun());
    let isFirst = true;
    const raced: Items = {
      get: (key) => items.get(key),
      query: (query) => items.query(query),
      close: () => items.close(),
      async write(writes) {
        if (isFirst) {
          isFirst = false;
          const { run, version } = (await findRun(items, "batch_1"))!;
          await items.write([runWrite({ ...run, next: 1, completed: 1 }, version)]);
        }
        return items.write(writes);
      },
    };
    expect(await change(paused, raced)).toMatchObject({ status: "paused", next: 1, completed: 1 });
    expect((await findRun(items, "batch_1"))!.run).toMatchObject({ status: "paused", next: 1, completed: 1 });
  });

  it("is not found by another account", async () => {
    await createRun(items, sampleRun());
    await expect(change(canceled, items, "acc_2")).rejects.toMatchObject({ code: "batch_not_found" });
    expect((await findRun(items, "batch_1"))!.run.status).toBe("running");
  });
});
