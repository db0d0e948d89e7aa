import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { StartProcess } from "../../support/start-process.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where `npm start` listens. */
    url: string;
    /** Makes accounts, and nothing else. */
    operatorKey: string;
  }
}

/** One `npm start` for the whole suite, as it is: the real model, the real worker, the real dispatcher. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "clients-"));
  const dataDir = join(folder, "data");
  const pipeline = new StartProcess({ dataDir });
  const { url } = await pipeline.ready();
  project.provide("url", url);
  project.provide("operatorKey", operatorKey(dataDir));
  return async () => {
    await pipeline.end("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
}

/** As `npm run keys -- create --scopes accounts:admin` makes it. */
function operatorKey(dataDir: string): string {
  const args = ["--disable-warning=ExperimentalWarning", "local/keys.ts", "create", "--scopes", "accounts:admin"];
  const cwd = join(import.meta.dirname, "../../..");
  const printed = execFileSync(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return printed.trim();
}
