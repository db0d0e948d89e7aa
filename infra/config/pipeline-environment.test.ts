import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Store } from "../grant-permissions.ts";
import { docsPages, functionEnvironment, pageFiles, scalingOf, tracesEnvironment } from "./pipeline-environment.ts";
import { readConfig } from "./read-config.ts";

const queue = (name: string) => ({ queue: { queueUrl: name }, deadLetters: { queueUrl: `${name} dead` } });
const store = {
  table: { tableName: "table" },
  jobQueue: queue("jobs"),
  batchQueue: queue("batch"),
  noticeQueue: queue("notices"),
  runQueue: queue("runs"),
  images: { bucketName: "images" },
} as unknown as Store;

it("names the store's parts, and prices only where there are some", () => {
  const variables = functionEnvironment(readConfig({}), store);
  expect(variables).toMatchObject({
    STATE: "aws",
    TABLE_NAME: "table",
    QUEUE_URL: "jobs",
    DEAD_LETTER_QUEUE_URL: "jobs dead",
    RUN_QUEUE_URL: "runs",
    BUCKET_NAME: "images",
  });
  expect(variables).not.toHaveProperty("PRICES");
});

it("sends spans to X-Ray of the region or to an address, as a share of requests", () => {
  const variables = (traces: string) => tracesEnvironment(readConfig({ traces, tracePercent: 5 }), "eu-west-1");
  expect(variables("")).toEqual({});
  expect(Object.values(variables("xray"))).toEqual(["https://xray.eu-west-1.amazonaws.com/v1/traces", "0.05"]);
  expect(Object.values(variables("https://traces.example/v1/traces"))[0]).toBe("https://traces.example/v1/traces");
});

it("asks for no worker while there is no image to start", () => {
  const workers = (workerImage: string) => {
    const { minWorkers, maxWorkers } = scalingOf(readConfig({ workerImage, minWorkers: 1, maxWorkers: 4 }));
    return [minWorkers, maxWorkers];
  };
  expect([workers(""), workers("z-image-worker:v1")]).toEqual([
    [0, 0],
    [1, 4],
  ]);
});

it("finds the files of a built page, and not what its build notes for itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "dist-"));
  for (const name of ["assets", ".vite"]) mkdirSync(join(folder, name));
  for (const name of ["index.html", "assets/a-1.js", "assets/a-1.js.br", ".vite/manifest.json", ".built-from"]) {
    writeFileSync(join(folder, name), "");
  }
  expect(pageFiles(folder)).toEqual(["assets/a-1.js", "assets/a-1.js.br", "index.html"]);
  rmSync(folder, { recursive: true });
  expect(pageFiles(folder)).toEqual([]);
});

it("finds pages of all folders under docs, by their paths", () => {
  expect(docsPages()).toEqual(expect.arrayContaining(["pictures.md", "clients/openai.md", "catalogue-walk.webp"]));
});
