import { describe, expect, it } from "vitest";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import { namedNotice, outboxNotice } from "../../shared/webhooks/announce-outbox.ts";
import { handleNotices } from "./handle-notices.ts";

const jobId = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const notice = (messageId: string, body: string) => ({ messageId, body });

/** @param underWay - whether passes begin attempts, each of which takes a second */
function setUp(passes: readonly (boolean | Error)[] = [false], underWay = true) {
  let pass = 0;
  const named: string[][] = [];
  let settled = 0;
  let now = 0;
  const dispatcher = {
    async startDue() {
      const result = pass < 1_000 ? passes[Math.min(pass, passes.length - 1)]! : new Error("passes without end");
      pass++;
      if (result instanceof Error) throw result;
      return result;
    },
    /** Begins one row a call. */
    async startNamed(ids: readonly string[]) {
      if (ids.length > 0) named.push([...ids]);
      return ids.slice(1);
    },
    async settled() {
      settled++;
      if (underWay) now += 1_000;
      return underWay;
    },
  };
  const clock = { now: () => now, sleep: async (ms: number) => void (now += ms) };
  return { dependencies: { dispatcher, clock, log: () => {} }, named, passes: () => pass, settled: () => settled };
}

describe("handleNotices", () => {
  it("goes on until no row is left, and waits for the last attempt", async () => {
    const { dependencies, passes, settled } = setUp([true, true, false]);
    const event = { Records: [notice("1", jobMessage(jobId)), notice("2", outboxNotice)] };
    expect(await handleNotices(event, dependencies)).toEqual({ batchItemFailures: [] });
    expect([passes(), settled()]).toEqual([3, 3]);
  });

  it("begins the rows that notices name, those that were left again, and takes no others", async () => {
    const { dependencies, named, passes } = setUp();
    const Records = [notice("1", namedNotice(["msg_1", "msg_2"])), notice("2", namedNotice(["msg_3"]))];
    expect(await handleNotices({ Records }, dependencies)).toEqual({ batchItemFailures: [] });
    expect(named).toEqual([["msg_1", "msg_2", "msg_3"], ["msg_2", "msg_3"], ["msg_3"]]);
    expect(passes()).toBe(0);
  });

  it("hands unreadable notices back alone", async () => {
    const { dependencies } = setUp();
    const event = { Records: [notice("good", jobMessage(jobId)), notice("bad", "<xml/>")] };
    expect(await handleNotices(event, dependencies)).toEqual({ batchItemFailures: [{ itemIdentifier: "bad" }] });
  });

  it("does nothing for a batch of nonsense", async () => {
    const { dependencies, passes } = setUp();
    await handleNotices({ Records: [notice("bad", "{}")] }, dependencies);
    expect(passes()).toBe(0);
  });

  it("hands the whole batch back when the outbox cannot be read", async () => {
    const { dependencies } = setUp([new Error("ProvisionedThroughputExceeded")]);
    const event = { Records: [notice("1", jobMessage(jobId)), notice("2", jobMessage(jobId))] };
    expect((await handleNotices(event, dependencies)).batchItemFailures).toHaveLength(2);
  });

  it("ends in time when the backlog does not", async () => {
    const { dependencies, passes } = setUp([true]);
    await handleNotices({ Records: [notice("1", outboxNotice)] }, dependencies);
    expect(passes()).toBe(20);
  });

  it("looks a few times a second, and ends in time, when all that is left waits for what another invocation sends", async () => {
    const { dependencies, passes } = setUp([true], false);
    await handleNotices({ Records: [notice("1", outboxNotice)] }, dependencies);
    expect(passes()).toBe(80);
  });
});
