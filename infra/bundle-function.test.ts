import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { bundleFunction } from "./bundle-function.ts";

// A function reads and compiles all that it loads at each of its starts.
it.each([
  // The readers of shops' files, for a caller's own table with columns added, and templates, for a preview.
  // Contact sheets and the deletion of runs are loaded on demand, like all that comes of a run.
  ["functions/api/lambda.ts", { all: 2_420_000, atStart: 1_315_000 }],
  // Records of jobs, sealed where there is a key, are written at the end of each.
  // The dialects, with the tools of catalogue runs, are loaded only for a job that came through one.
  ["functions/webhook/lambda.ts", { all: 1_405_000, atStart: 590_000 }],
  // The readers of shops' files are loaded when there is one to read, the client of secrets where one is named.
  ["functions/runs/lambda.ts", { all: 1_545_000, atStart: 865_000 }],
  // A third of it makes certificates, once in the life of a deployment, and the client of KMS is loaded where a key is
  // set.
  ["functions/tick/lambda.ts", { all: 1_520_000, atStart: 850_000 }],
])("keeps %s below its sizes, in all and at its start", (entry, { all, atStart }) => {
  const { bytes, bytesAtStart } = bundleFunction(entry);
  expect(bytes).toBeLessThan(all);
  expect(bytesAtStart).toBeLessThan(atStart);
});

it("bundles a thread beside its function, which runs and needs no packages", async () => {
  const { folder } = bundleFunction("shared/provenance/perceptual-hash.ts", {
    files: { "c2pa.wasm": "node_modules/@contentauth/c2pa-wasm/pkg/c2pa_bg.wasm" },
    threads: { "credential-thread": "functions/api/verify/credential-thread.ts" },
  });
  const wasmPath = join(folder, "c2pa.wasm");
  const thread = new Worker(join(folder, "credential-thread.js"), { workerData: { wasmPath }, execArgv: [] });
  try {
    const file = readFileSync(join(import.meta.dirname, "../docs/first-pictures.png"));
    thread.postMessage({ file, format: "png", chains: [] });
    // The library ran, and found nothing; one that is not there would be an error.
    expect(await once(thread, "message")).toEqual([{ credentials: undefined }]);
  } finally {
    await thread.terminate();
  }
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
