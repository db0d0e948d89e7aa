import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EarlierRequest,
  findEarlierJob,
  findLostJob,
  findRetriedJob,
  type Made,
  noteLost,
  noteRequest,
} from "../../functions/api/submission/client-retry.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";

const request = { keyId: "key_1", fingerprint: "f" };
const windowMs = 60_000;

/**
 * Requests that clients send again, found again over one `items` driver: by their mark, by a lost connection, by the
 * time of their response.
 */
export function clientRetryConformance(name: string, open: () => Promise<Items>): void {
  describe(`repeated requests over ${name}`, () => {
    let now: number;
    let items: Items;
    const clock: Clock = { now: () => now, sleep: async () => {} };
    beforeEach(async () => {
      now = Date.UTC(2026, 0, 31, 23, 59);
      finished.clear();
      items = await open();
    });
    afterEach(() => items.close());

    /** Jobs that are over; the others are still being drawn. */
    const finished = new Map<string, number>();
    const note = (id: string, waitMs?: number) => noteRequest({ ...request, waitMs }, id, { items, clock });
    const made = async (id: string): Promise<Made | undefined> => ({ finishedAt: finished.get(id) });
    const repeat = ({ receivedAt = now, made: of = made, request: asked = request } = {}) => {
      const repeats = ({ answeredAt = Infinity }: EarlierRequest) =>
        answeredAt <= receivedAt && receivedAt - answeredAt < windowMs;
      return findEarlierJob(asked, { repeats, made: of }, { items, clock });
    };
    /** What is known of every equal request, the newest first. */
    async function known(): Promise<EarlierRequest[]> {
      const seen: EarlierRequest[] = [];
      const repeats = (earlier: EarlierRequest) => seen.push(earlier) < 0;
      await findEarlierJob(request, { repeats, made }, { items, clock });
      return seen;
    }

    it("gives an answered request's job again until the window ends, however often it is asked", async () => {
      await note("job_1");
      expect(await repeat(), "not answered yet").toBeUndefined();
      now += 5_000;
      finished.set("job_1", now);
      now += windowMs - 1;
      expect([await repeat(), await repeat()]).toEqual(["job_1", "job_1"]);
      expect(await repeat({ request: { ...request, keyId: "key_2" } })).toBeUndefined();
      expect(await repeat({ request: { ...request, fingerprint: "g" } })).toBeUndefined();
      now += 1;
      expect(await repeat()).toBeUndefined();
    });

    it("leaves a request that began before the response an order of its own", async () => {
      await note("job_1");
      const receivedAt = now;
      now += 1;
      finished.set("job_1", now);
      expect(await repeat({ receivedAt })).toBeUndefined();
      expect(await repeat()).toBe("job_1");
    });

    it("gives each of several that were answered its own job back, the last answered first", async () => {
      for (const id of ["job_1", "job_2", "job_3"]) await note(id);
      for (const id of ["job_2", "job_3", "job_1"]) {
        now += 10;
        finished.set(id, now);
      }
      expect(await repeat()).toBe("job_1");
      const others = await Promise.all([repeat(), repeat()]);
      expect(others.sort()).toEqual(["job_2", "job_3"]);
    });

    it("gives nothing that may not be given again", async () => {
      for (const id of ["job_1", "job_2"]) await note(id, 0);
      expect(await repeat({ made: async (id) => (id === "job_1" ? {} : undefined) })).toBe("job_1");
      expect(await repeat({ made: async () => undefined })).toBeUndefined();
    });

    it("answers when the job is over, or when the request waits no longer", async () => {
      const at = now;
      for (const [i, waitMs] of [undefined, 0, 8_000].entries()) await note(`job_${i}`, waitMs);
      const answers = async () => (await known()).map(({ answeredAt }) => answeredAt && answeredAt - at);
      expect(await answers()).toEqual([undefined, 0, undefined]);
      now += 8_000;
      expect(await answers()).toEqual([8_000, 0, undefined]);
      for (const id of ["job_0", "job_1", "job_2"]) finished.set(id, at + 3_000);
      expect(await answers()).toEqual([3_000, 0, 3_000]);
    });

    it("counts a marked repetition once for each, also when all come at once", async () => {
      for (const id of ["job_1", "job_2", "job_3"]) await note(id);
      const found = await Promise.all([1, 1, 1].map((count) => findRetriedJob(request, count, { items, clock })));
      expect(found.sort()).toEqual(["job_1", "job_2", "job_3"]);
    });

    it("makes a lost connection good once, also when another repetition attaches meanwhile", async () => {
      await note("job_1", 0);
      await Promise.all([noteLost(request, "job_1", { items }), repeat()]);
      const found = await Promise.all([1, 2].map(() => findLostJob(request, { items, clock })));
      expect(found).toEqual(expect.arrayContaining(["job_1", undefined]));
      expect(await repeat(), "and it was answered").toBe("job_1");
      await noteLost(request, "job_nobody", { items });
      expect(await findLostJob(request, { items, clock })).toBeUndefined();
    });
  });
}
