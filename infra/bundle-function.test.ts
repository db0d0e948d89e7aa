import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundleFunction } from "./bundle-function.ts";

// A function reads and compiles all that it loads at each of its starts.
it.each([
  // The readers of shops' files, for a caller's own table with columns added, and templates, for a preview.
  // Contact sheets and the deletion of runs are loaded on demand, like all that comes of a run.
  ["functions/api/lambda.ts", { all: 2_375_000, atStart: 1_315_000 }],
  // Records of jobs, sealed where there is a key, are written at the end of each.
  // The dialects, with the tools of catalogue runs, are loaded only for a job that came through one.
  ["functions/webhook/lambda.ts", { all: 1_405_000, atStart: 735_000 }],
  // The readers of shops' files are loaded when there is one to read, the client of secrets where one is named.
  ["functions/runs/lambda.ts", { all: 1_545_000, atStart: 865_000 }],
  ["functions/tick/lambda.ts", { all: 1_150_000, atStart: 850_000 }],
])("keeps %s below its sizes, in all and at its start", (entry, { all, atStart }) => {
  const { bytes, bytesAtStart } = bundleFunction(entry);
  expect(bytes).toBeLessThan(all);
  expect(bytesAtStart).toBeLessThan(atStart);
});

describe("the API's bundle", () => {
  const { folder } = bundleFunction("functions/api/lambda.ts");

  it("holds the S3 client, and does not load it at the start", () => {
    const holding = readdirSync(folder).filter((name) =>
      readFileSync(join(folder, name), "utf8").includes("S3Client=class"),
    );
    expect(holding).toHaveLength(1);
    expect(loadedAtStart(folder)).not.toContain(holding[0]);
  });
});

/** The files that are there once `index.js` is. */
function loadedAtStart(folder: string): string[] {
  const names = ["TABLE_NAME", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "NOTIFY_QUEUE_URL", "RUN_QUEUE_URL"];
  const env = {
    ...Object.fromEntries(names.map((name) => [name, "https://queue.example/x"])),
    BUCKET_NAME: "images",
    MODEL_ID: "z-image-turbo",
    STATE: "aws",
    AWS_REGION: "us-east-1",
    MODEL_FAMILY: "turbo",
    MODEL_SIDE: "1024",
  };
  const script = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler };
    require(${JSON.stringify(join(folder, "index.js"))});
    console.log(JSON.stringify(Object.keys(require.cache).map((path) => path.split("/").at(-1))));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" }));
}
