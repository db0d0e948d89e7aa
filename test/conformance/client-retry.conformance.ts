import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EarlierRequest,
  findEarlierJob,
  findLostJob,
  findRetriedJob,
  noteAnswered,
  noteLost,
  noteRequest,
  noteSeen,
} from "../../functions/api/jobs/client-retry.ts";
import type { Job } from "../../shared/job.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";

const request = { keyId: "key_1", fingerprint: "f" };
const windowMs = 60_000;

/** Requests that clients send again, found again over one `items` driver: by their mark, by a lost connection, by what is known of their answers. */
export function clientRetryConformance(name: string, open: () => Promise<Items>): void {
  describe(`repeated requests over ${name}`, () => {
    let now: number;
    let items: Items;
    const clock: Clock = { now: () => now, sleep: async () => {} };
    beforeEach(async () => {
      now = Date.UTC(2026, 0, 31, 23, 59);
      items = await open();
    });
    afterEach(() => items.close());

    const note = (id: string) => noteRequest(request, id, { items, clock });
    const answer = (id: string, connection?: string) => noteAnswered(request, id, { connection }, { items, clock });
    const repeat = ({ receivedAt = now, mayRepeat = async (_id: string) => true, of = request } = {}) => {
      const isRepeated = ({ answeredAt = Infinity }: EarlierRequest) =>
        answeredAt <= receivedAt && receivedAt - answeredAt < windowMs;
      return findEarlierJob(of, { isRepeated, mayRepeat }, { items });
    };
    /** What is known of every equal request, the newest first. */
    async function known(): Promise<EarlierRequest[]> {
      const seen: EarlierRequest[] = [];
      const isRepeated = (earlier: EarlierRequest) => seen.push(earlier) < 0;
      await findEarlierJob(request, { isRepeated, mayRepeat: async () => false }, { items });
      return seen;
    }

    it("gives an answered request's job again until the window ends, however often it is asked", async () => {
      await note("job_1");
      expect(await repeat(), "not answered yet").toBeUndefined();
      now += 5_000;
      await answer("job_1");
      now += windowMs - 1;
      expect([await repeat(), await repeat()]).toEqual(["job_1", "job_1"]);
      expect(await repeat({ of: { ...request, keyId: "key_2" } })).toBeUndefined();
      expect(await repeat({ of: { ...request, fingerprint: "g" } })).toBeUndefined();
      await answer("job_1");
      now += 1;
      expect(await repeat(), "a later answer does not lengthen it").toBeUndefined();
    });

    it("leaves a request that began before the answer an order of its own", async () => {
      await note("job_1");
      const receivedAt = now;
      now += 1;
      await answer("job_1");
      expect(await repeat({ receivedAt })).toBeUndefined();
      expect(await repeat()).toBe("job_1");
    });

    it("gives each of several that were answered its own job back, the last answered first", async () => {
      for (const id of ["job_1", "job_2", "job_3"]) await note(id);
      for (const id of ["job_2", "job_3", "job_1"]) {
        now += 10;
        await answer(id);
      }
      expect(await repeat()).toBe("job_1");
      const others = await Promise.all([repeat(), repeat()]);
      expect(others.sort()).toEqual(["job_2", "job_3"]);
    });

    it("gives nothing that may not be given again", async () => {
      for (const id of ["job_1", "job_2"]) {
        await note(id);
        await answer(id);
      }
      expect(await repeat({ mayRepeat: async (id) => id === "job_1" })).toBe("job_1");
      expect(await repeat({ mayRepeat: async () => false })).toBeUndefined();
      await answer("job_nobody");
    });

    it("tells first and last answer, and how the last was sent", async () => {
      await note("job_1");
      const noted = now;
      expect(await known()).toEqual([
        {
          at: noted,
          answeredAt: undefined,
          attached: 0,
          lastAnsweredAt: undefined,
          connection: undefined,
          seen: false,
        },
      ]);
      now += 5;
      await answer("job_1", "a");
      now += 5;
      expect(await repeat()).toBe("job_1");
      await answer("job_1", "b");
      const [earlier] = await known();
      expect(earlier).toMatchObject({
        answeredAt: noted + 5,
        attached: 1,
        lastAnsweredAt: noted + 10,
        connection: "b",
      });
    });

    it("tells that somebody looked at the job, if that was soon after its answer", async () => {
      const job = { id: "job_1", keyId: request.keyId, requestFingerprint: request.fingerprint, createdAt: now } as Job;
      const { requestFingerprint: _, ...unfindable } = job;
      const logged: string[] = [];
      const dependencies = { items, clock, log: (message: string) => logged.push(message) };
      const look = (at: Job, of = dependencies) => noteSeen(at, of);
      const isSeen = async () => (await known())[0]?.seen;
      await look(job);
      await note("job_1");
      await look(unfindable);
      await look({ ...job, createdAt: now - 10_001 });
      expect(await isSeen()).toBe(false);
      const finished = { ...job, createdAt: now - 60_000, finishedAt: now - 10_000 };
      await Promise.all([look(finished), answer("job_1"), look(finished)]);
      expect(await known()).toMatchObject([{ seen: true, answeredAt: now }]);
      expect(logged).toEqual([]);
      const broken = { ...items, get: () => Promise.reject(new Error("no answer")) } as Items;
      await look(job, { ...dependencies, items: broken });
      expect(logged).toHaveLength(1);
    });

    it("counts a marked repetition once for each, also when all come at once", async () => {
      for (const id of ["job_1", "job_2", "job_3"]) await note(id);
      const found = await Promise.all([1, 1, 1].map((count) => findRetriedJob(request, count, { items, clock })));
      expect(found.sort()).toEqual(["job_1", "job_2", "job_3"]);
    });

    it("makes a lost connection good once, also when it is noted while the answer is", async () => {
      await note("job_1");
      await Promise.all([noteLost(request, "job_1", { items }), answer("job_1")]);
      const found = await Promise.all([1, 2].map(() => findLostJob(request, { items, clock })));
      expect(found).toEqual(expect.arrayContaining(["job_1", undefined]));
      expect(await repeat(), "and it was answered").toBe("job_1");
    });
  });
}
