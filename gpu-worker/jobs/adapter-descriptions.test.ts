import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { float32Tensor } from "../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "../weights/formats/write-safetensors.ts";
import { openAdapterCatalog } from "./adapter-catalog.ts";
import { AdapterDescriptions } from "./adapter-descriptions.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "adapters-"));
  mkdirSync(join(folder, "loras"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "loras", "ink.safetensors");
const write = (rank: number) =>
  writeFileSync(path(), encodeSafetensors({ "a.lora_A.weight": float32Tensor([rank, 1], new Array(rank).fill(0)) }));

it("knows a file once it was described, and again once it was replaced", async () => {
  const descriptions = new AdapterDescriptions();
  const refresh = (signal = new AbortController().signal) => descriptions.refresh(openAdapterCatalog(folder), signal);
  write(4);
  expect(descriptions.of(path())).toBeUndefined();
  await refresh(AbortSignal.abort());
  expect(descriptions.of(path()), "it was told to stop").toBeUndefined();
  await refresh();
  expect(descriptions.of(path())).toMatchObject({ rank: 4, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  write(8);
  expect(descriptions.of(path())).toBeUndefined();
  await refresh();
  expect(descriptions.of(path())).toMatchObject({ rank: 8 });
  utimesSync(path(), 1, 1);
  expect(descriptions.of(path()), "another file of the same size").toBeUndefined();
  rmSync(path());
  await refresh();
  expect(descriptions.of(path())).toBeUndefined();
});
