import { expect, it } from "vitest";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { drawnJob } from "./drawn-job.ts";

it("keeps of a job what its row needs, and neither prompt nor key", () => {
  const image = { index: 0, key: "images/1.png", width: 64, height: 64, format: "png", bytes: 9 } as const;
  const images = [{ ...image, sha256: "ab", seed: 1 }];
  const job = sampleJob("1", 1_000, { status: "succeeded", finishedAt: 2_000, response: "b64", images });
  expect(drawnJob(job)).toStrictEqual({
    id: "job_1",
    createdAt: 1_000,
    finishedAt: 2_000,
    response: "b64",
    warnings: [],
    params: { width: 64, height: 64, format: "png" },
    images: [{ key: "images/1.png", bytes: 9 }],
  });
});
