import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultModel } from "../../../models/default-model.ts";
import { modelDigest } from "./model-digest.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "model-"));
  await cp(defaultModel.dir, join(folder, "copy"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

it("is the same wherever the model lies, and another when one of its files is", async () => {
  const digest = await modelDigest(defaultModel.dir);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  const copy = join(folder, "copy");
  expect(await modelDigest(copy)).toBe(digest);
  await appendFile(join(copy, "scheduler", "scheduler_config.json"), "\n");
  expect(await modelDigest(copy)).not.toBe(digest);
});
