import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, preview } from "vite";
import type { TestProject } from "vitest/node";
import { StartProcess } from "../../support/start-process.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the page is. */
    pageUrl: string;
    /** Where `npm start` listens. */
    apiUrl: string;
    /** Its local key. */
    apiKey: string;
    /** The page as it was built. */
    pageFolder: string;
  }
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** One `npm start` for the whole suite, and the page over it: the real model, the real worker. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const pageFolder = join(folder, "dist");
  const pipeline = new StartProcess({ dataDir: join(folder, "data") });
  const root = join(import.meta.dirname, "../../../page");
  await build({ root, logLevel: "error", build: { outDir: pageFolder } });
  const { url, key } = await pipeline.ready();
  const proxy = Object.fromEntries(["/v1", "/docs", "/openapi.json", "/healthz"].map((path) => [path, url]));
  const served = await preview({
    root,
    logLevel: "error",
    build: { outDir: pageFolder },
    preview: { host: "127.0.0.1", port: 0, proxy, headers: { "content-security-policy": policy } },
  });
  project.provide("pageUrl", served.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "");
  project.provide("apiUrl", url);
  project.provide("apiKey", key);
  project.provide("pageFolder", pageFolder);
  return async () => {
    await served.close();
    await pipeline.end("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
}
