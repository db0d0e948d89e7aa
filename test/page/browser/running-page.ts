import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { StartProcess } from "../../support/start-process.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where `npm start` listens. */
    pageUrl: string;
    /** Its local key. */
    apiKey: string;
    /** Its data folder. */
    dataDir: string;
  }
}

/** One `npm start` for the whole suite: the real page, model and worker. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const dataDir = join(folder, "data");
  const pipeline = new StartProcess({ dataDir });
  const { url, key } = await pipeline.ready();
  project.provide("pageUrl", url);
  project.provide("apiKey", key);
  project.provide("dataDir", dataDir);
  return async () => {
    await pipeline.end("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
}
