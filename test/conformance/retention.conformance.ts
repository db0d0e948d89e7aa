import { describe, expect, it } from "vitest";
import { sweepObjects } from "../../functions/tick/sweep-objects.ts";
import { jobRetentionS } from "../../shared/limits.ts";
import type { Objects } from "../../shared/ports/objects.ts";

const day = 86_400_000;
const keys = [
  "o/job_1/0-a.png",
  "p/job_1/1-1.jpg",
  "in/acc_1/latents-x.f32",
  "in/acc_1/uploads/file_1.png",
  "in/acc_2/mask-y.png",
];

/** "30 days, then deleted", over one `objects` driver: the sweep of one machine, with the clock put forward. */
export function retentionConformance(name: string, open: () => Promise<Objects>): void {
  describe(`what is kept for ${jobRetentionS / 86_400} days by ${name}`, () => {
    it("is all there after 29 days, and none of it after 40, jobs' images, previews, uploads and inputs alike", async () => {
      const objects = await open();
      const stored = async () =>
        (await Promise.all(["o/", "p/", "in/"].map((prefix) => objects.list(prefix)))).flatMap((page) =>
          page.objects.map(({ key }) => key),
        );
      for (const key of keys) await objects.put(key, new Uint8Array([1]), { contentType: "image/png" });
      const sweep = (days: number, isKept: boolean) => {
        const clock = { now: () => Date.now() + days * day };
        const image = { key: "o/job_1/0-a.png" };
        const found = { status: "running", images: [image] } as never;
        return sweepObjects({ jobs: { get: async () => (isKept ? found : undefined) }, objects, clock });
      };
      expect(await sweep(29, true)).toBe(0);
      expect((await stored()).sort()).toEqual([...keys].sort());
      // The job's record has expired.
      expect(await sweep(40, false)).toBe(keys.length);
      expect(await stored()).toEqual([]);
      expect(await sweep(40, false)).toBe(0);
      await objects.close();
    });
  });
}
