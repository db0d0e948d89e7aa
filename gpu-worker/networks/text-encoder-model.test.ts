import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvalidFileError, InvalidInputError } from "../../shared/errors.ts";
import { expectClose, goldenCheckpoint, goldenTensors, maxAbsDiff } from "../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { loadTextEncoder } from "./text-encoder-model.ts";

const folder = goldenCheckpoint("tiny-turbo/text_encoder");
const encoder = await loadTextEncoder(folder, runtime);
const golden = goldenTensors("unit_text_encoder");
afterAll(() => encoder.release());

it.each([0, 1])("agrees with every hidden state of prompt %d", async (prompt) => {
  const ids = golden.integers(`input_ids.${prompt}`);
  const states = await encoder.encodeAll(ids);
  expect(states).toHaveLength(4);
  states.forEach((state, index) => {
    const expected = golden.floats(`hidden.${prompt}.${index}`);
    expect(state.shape).toEqual(expected.shape);
    expectClose(state.data, expected.data, 1e-4, `hidden state ${index}`);
  });
  const conditioning = await encoder.encode(ids);
  expectClose(conditioning.data, golden.floats(`hidden.${prompt}.2`).data, 1e-4);
});

it("encodes 1 to 512 tokens in one session; what follows a token does not change it", async () => {
  const ids = Array.from({ length: 512 }, (_, i) => (i * 7919) % 151_936);
  const all = await encoder.encode(ids);
  expect(all.shape).toEqual([512, 16]);
  for (const length of [1, 31, 511]) {
    const some = await encoder.encode(ids.slice(0, length));
    expect(some.shape).toEqual([length, 16]);
    expect(maxAbsDiff(some.data, all.data.subarray(0, length * 16))).toBeLessThan(1e-5);
  }
});

it.each([[[]], [[151_936]], [[-1]], [[1.5]]])("refuses token ids %j", async (ids) => {
  await expect(encoder.encode(ids)).rejects.toThrow(InvalidInputError);
});

describe("a damaged checkpoint", () => {
  it.each([
    [
      "another width",
      '"intermediate_size": 48',
      '"intermediate_size": 64',
      "model.layers.0.mlp.gate_proj.weight: expected shape [64, 16], got [48, 16]",
    ],
    [
      "another vocabulary",
      '"vocab_size": 151936',
      '"vocab_size": 151937',
      "expected a tensor model.embed_tokens.weight [151937, 16], got [151936, 16]",
    ],
    [
      "more layers",
      '"num_hidden_layers": 3',
      '"num_hidden_layers": 5',
      "expected a tensor model.layers.3.input_layernorm.weight [16], found none",
    ],
  ])("is refused: %s", async (_, from, to, message) => {
    const copy = mkdtempSync(join(tmpdir(), "text-encoder-"));
    try {
      cpSync(folder, copy, { recursive: true });
      const config = readFileSync(join(copy, "config.json"), "utf8").replace(from, to);
      rmSync(join(copy, "config.json"));
      writeFileSync(join(copy, "config.json"), config);
      const load = loadTextEncoder(copy, runtime);
      await expect(load).rejects.toThrow(InvalidFileError);
      await expect(load).rejects.toThrow(message);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
