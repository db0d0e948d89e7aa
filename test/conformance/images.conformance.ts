import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readImageDays } from "../../shared/images/image-counts.ts";
import { imageId } from "../../shared/images/image-id.ts";
import { type ImageListQuery, listImages } from "../../shared/images/list-images.ts";
import type { Job, JobImage } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { leftoversDue } from "../../shared/jobs/leftovers.ts";
import { jobRetentionS } from "../../shared/limits.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { rollupPrefix } from "../../shared/money/usage-rollups.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import { sampleJob, sampleParams, samplePrice } from "../support/api/sample-job.ts";

const start = Date.UTC(2026, 0, 31, 22, 30);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const accountId = "acc_1";
const keptS = jobRetentionS;

/** Lists and counts of an account's images over one `items` driver. */
export function imagesConformance(name: string, open: () => Promise<Items>): void {
  describe(`images over ${name}`, () => {
    let now: number;
    let ids: number;
    let items: Items;
    let jobs: JobStore;
    const clock: Clock = { now: () => now, sleep: async () => {} };

    beforeEach(async () => {
      now = start;
      ids = 0;
      items = await open();
      jobs = createJobStore({ items, clock });
    });
    afterEach(() => items.close());

    const imagesOf = (id: string, n: number): JobImage[] =>
      Array.from({ length: n }, (_, index) => ({
        ...{ index, key: `o/${id}/${index}-00.png`, width: 64, height: 64, format: "png", bytes: 1, sha256: "00" },
        seed: index,
        format: "png" as const,
      }));

    /** A job that ended with so many images. */
    async function draw(n = 1, { model = "z-image-turbo", prompt = "a fox", ...changes }: DrawnJob = {}): Promise<Job> {
      const params = { ...sampleParams, n, model, prompt };
      const job = sampleJob(String(++ids).padStart(26, "0"), now, { price: samplePrice, params, ...changes });
      await jobs.submit({ job, terms: { unlimited: true } });
      const claim = await jobs.claim(job.id, "w");
      if (claim.outcome !== "claimed") throw new Error(claim.outcome);
      return jobs.succeed(claim.job, { images: imagesOf(job.id, n), warnings: [], inferenceMs: 1 });
    }
    type DrawnJob = Partial<Job> & { readonly model?: string; readonly prompt?: string };

    /** Ids by page. */
    async function pages(query: Partial<ImageListQuery> = {}): Promise<string[][]> {
      const found: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await listImages(jobs, { accountId, limit: 20, now, keptS, cursor, ...query });
        found.push(page.images.map(({ job, image }) => imageId(job, image)));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found;
    }
    const list = async (query: Partial<ImageListQuery> = {}) => (await pages(query)).flat();
    const idsOf = (job: Job) => job.images.map((image) => imageId(job, image));
    const days = (model?: string) => readImageDays(items, { accountId, now, keptS, model });

    it("lists the images of finished jobs, the newest job first, in pages that may end amid a job", async () => {
      const first = await draw(4);
      now += 10;
      const second = await draw(1);
      now += 10;
      const third = await draw(3);
      now += 10;
      await jobs.submit({ job: sampleJob("Q".repeat(26), now, {}), terms: { unlimited: true } });
      await draw(2, { accountId: "acc_2" });
      const all = [third, second, first].flatMap(idsOf);
      expect(all[0]).toBe("img_00000000000000000000000003_0");
      for (const limit of [1, 2, 3, 5, 8, 20]) {
        const found = await pages({ limit });
        expect(found.flat(), `by ${limit}`).toEqual(all);
        expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        expect(found.length, `by ${limit}`).toBe(Math.ceil(all.length / limit));
      }
    });

    it("finds images by words of their prompt, model, time and labels", async () => {
      const fox = await draw(1, { prompt: "A red FOX\n in snow", metadata: { sku: "N-1", run_id: "run_1" } });
      now += hourMs;
      const pagoda = await draw(2, { prompt: "江南水乡，白墙黛瓦 ＡＢＣ", model: "z-image" });
      now += hourMs;
      const cat = await draw(1, { prompt: "a white cat", metadata: { sku: "N-2", run_id: "run_1" } });
      expect(await list({ text: "fox RED" })).toEqual(idsOf(fox));
      expect(await list({ text: " 水乡 abc " })).toEqual(idsOf(pagoda));
      expect(await list({ text: "fox cat" })).toEqual([]);
      expect(await list({ text: "a" })).toEqual([...idsOf(cat), ...idsOf(pagoda), ...idsOf(fox)]);
      expect(await list({ model: "z-image" })).toEqual(idsOf(pagoda));
      expect(await list({ metadata: { run_id: "run_1" } })).toEqual([...idsOf(cat), ...idsOf(fox)]);
      expect(await list({ metadata: { run_id: "run_1", sku: "N-2" }, text: "cat" })).toEqual(idsOf(cat));
      expect(await list({ createdAfter: start })).toEqual([...idsOf(cat), ...idsOf(pagoda)]);
      expect(await list({ createdBefore: start + hourMs, text: "fox" })).toEqual(idsOf(fox));
      expect(await list({ createdAfter: start, createdBefore: start + 2 * hourMs, limit: 1 })).toEqual(idsOf(pagoda));
    });

    it("refuses a cursor that it did not make, and shows nothing of another account by one", async () => {
      const other = await draw(2, { accountId: "acc_2" });
      const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");
      for (const cursor of [
        "x",
        cursorOf("a", "b"),
        cursorOf("", "../x", 0),
        cursorOf("", "", 0),
        cursorOf("e30", "", 0),
      ]) {
        const page = listImages(jobs, { accountId, limit: 5, now, keptS, cursor });
        await expect(page, cursor).rejects.toMatchObject({ code: "invalid_cursor" });
      }
      const stolen = await listImages(jobs, { accountId: "acc_2", limit: 1, now, keptS });
      expect(stolen.images[0]?.job.id).toBe(other.id);
      expect((await listImages(jobs, { accountId, limit: 5, now, keptS, cursor: stolen.cursor })).images).toEqual([]);
    });

    it("counts by the day on which jobs were made, whenever they ended", async () => {
      await draw(4);
      await draw(1, { model: "z-image" });
      const late = sampleJob("L".repeat(26), now, { price: samplePrice });
      await jobs.submit({ job: late, terms: { unlimited: true } });
      await jobs.requestCancel(
        (await jobs.submit({ job: sampleJob("C".repeat(26), now, { price: samplePrice }) })).job.id,
      );
      await draw(3, { accountId: "acc_2" });
      now += 2 * hourMs;
      const claim = await jobs.claim(late.id, "w");
      if (claim.outcome !== "claimed") throw new Error(claim.outcome);
      await jobs.succeed(claim.job, { images: imagesOf(late.id, 1), warnings: [], inferenceMs: 1 });
      await draw(2);
      expect(await days()).toEqual([
        { day: "2026-02-01", images: 2 },
        { day: "2026-01-31", images: 6 },
      ]);
      expect(await days("z-image")).toEqual([{ day: "2026-01-31", images: 1 }]);
      expect((await list()).length).toBe(8);
    });

    it("neither lists nor counts what has expired, from the same hour on", async () => {
      const old = await draw(2);
      now += hourMs;
      const young = await draw(1);
      now = start + jobRetentionS * 1_000 - 1_800_001;
      expect([await list(), await days()]).toEqual([
        [...idsOf(young), ...idsOf(old)],
        [{ day: "2026-01-31", images: 3 }],
      ]);
      now += 2;
      expect([await list(), await days()]).toEqual([idsOf(young), [{ day: "2026-01-31", images: 1 }]]);
      now += hourMs;
      expect([await list(), await days()]).toEqual([[], []]);
    });

    it("takes a deleted image off its job, the list and the counts, once, and keeps what was charged", async () => {
      const job = await draw(3);
      const results = await Promise.all([1, 2, 3].map(() => jobs.deleteImage(job.id, 1)));
      expect(results.filter((image) => image !== undefined)).toMatchObject([{ index: 1, key: job.images[1]?.key }]);
      expect(await list()).toEqual([idsOf(job)[0], idsOf(job)[2]]);
      expect(await days()).toEqual([{ day: "2026-01-31", images: 2 }]);
      expect(await jobs.get(job.id)).toMatchObject({
        ...{ status: "succeeded", charged: 100, images: [{ index: 0 }, { index: 2 }] },
        deletedImages: [{ index: 1, width: 64, height: 64 }],
      });
      now += 3 * hourMs;
      await jobs.deleteImage(job.id, 0);
      await jobs.deleteImage(job.id, 2);
      expect([await list(), await days()]).toEqual([[], []]);
      expect((await auditAccount(items, accountId)).discrepancies).toEqual([]);
      expect(await jobs.deleteImage(`job_${"X".repeat(26)}`, 0)).toBeUndefined();
      const { items: due } = await items.query({ index: "due", partition: leftoversDue });
      expect(due.map(({ data }) => data.jobId)).toEqual([job.id]);
    });

    it("counts images that an earlier version did not, by the day on which their jobs ended", async () => {
      await draw(2);
      const page = await items.query({ index: "main", partition: `ACC#${accountId}`, prefix: rollupPrefix });
      for (const { version: _, ...row } of page.items) {
        const data = Object.fromEntries(Object.entries(row.data).filter(([key]) => !key.startsWith("hour")));
        await items.write([{ put: { ...row, data } }]);
      }
      await draw(1);
      now += dayMs;
      await draw(1);
      expect(await days()).toEqual([
        { day: "2026-02-01", images: 1 },
        { day: "2026-01-31", images: 3 },
      ]);
    });
  });
}
