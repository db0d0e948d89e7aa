import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "../formats/write-safetensors.ts";
import { describeAdapter } from "./describe-adapter.ts";

const folder = mkdtempSync(join(tmpdir(), "describe-"));
afterAll(() => rmSync(folder, { recursive: true }));

const matrix = (rows: number, columns: number) => float32Tensor([rows, columns], new Array(rows * columns).fill(0));
const tensors = {
  "a.lora_down.weight": matrix(4, 2),
  "b.lora_down.weight": matrix(4, 2),
  "c.lora_down.weight": matrix(8, 2),
};

async function describe(metadata: Record<string, string>) {
  const path = join(folder, "lora.safetensors");
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return { path, description: await describeAdapter(path) };
}

it("tells rank, base and hash", async () => {
  const { path, description } = await describe({ ss_base_model_version: "zimage" });
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  expect(description).toEqual({ rank: 4, base: "zimage", sha256, triggerWords: undefined });
});

it.each([
  [{ "modelspec.trigger_phrase": "inkstyle, brush" }, ["inkstyle", "brush"]],
  [{ trigger_word: '["p3ngu1n"]' }, ["p3ngu1n"]],
  [{ ss_tag_frequency: '{"10_a":{"inkstyle":10,"cat":3},"5_b":{"inkstyle":2,"dog":12}}' }, ["inkstyle", "dog"]],
  [{ ss_tag_frequency: '{"a":{"x":1}}' }, undefined],
  [{ ss_tag_frequency: "[1, null" }, undefined],
  [{ trigger_words: "x".repeat(500) }, ["x".repeat(60)]],
])("finds the trigger words of %j", async (metadata, words) => {
  expect((await describe(metadata as Record<string, string>)).description?.triggerWords).toEqual(words);
});

it("knows nothing of what is no safetensors file", async () => {
  const path = join(folder, "broken.safetensors");
  writeFileSync(path, "no");
  expect(await describeAdapter(path)).toBeUndefined();
  expect(await describeAdapter(folder)).toBeUndefined();
});
