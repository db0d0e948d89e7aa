import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { add } from "../graph/ops/arithmetic.ts";
import { reduceMean } from "../graph/ops/reduction.ts";
import { openWatermark } from "./watermark.ts";

const folder = mkdtempSync(join(tmpdir(), "watermark-"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * An encoder that makes every pixel brighter by so much, in TrustMark's published form; a decoder of `bits` outputs.
 */
function describe(change: number, { bits = 100, ...more }: { bits?: number; [field: string]: unknown } = {}): string {
  const dims = [1, 3, 256, 256];
  const encoder = new GraphBuilder();
  const image = encoder.input("onnx::Concat_0", "float32", dims);
  const secret = encoder.input("onnx::Gemm_1", "float32", [1, 100]);
  const nothing = reduceMean(encoder, add(encoder, secret, encoder.scalar(0)), [0, 1]);
  const brighter = add(encoder, image, encoder.scalar(change));
  encoder.output(
    "image",
    add(encoder, brighter, encoder.node1("Mul", { inputs: [nothing, encoder.scalar(0)] }, "float32", [])),
  );
  writeFileSync(join(folder, "encoder.onnx"), encodeModel(encoder, "encoder").bytes);
  const decoder = new GraphBuilder();
  const mean = reduceMean(decoder, decoder.input("image", "float32", dims), [0, 1, 2, 3]);
  decoder.output(
    "output",
    add(
      decoder,
      mean,
      decoder.floats(
        Array.from({ length: bits }, (_, i) => i),
        [1, bits],
      ),
    ),
  );
  writeFileSync(join(folder, "decoder.onnx"), encodeModel(decoder, "decoder").bytes);
  const path = join(folder, "watermark.json");
  const description = { encoder: { model: "encoder.onnx" }, decoder: { model: "decoder.onnx" } };
  writeFileSync(path, JSON.stringify({ ...description, ...more }));
  return path;
}

const gray = { data: new Uint8Array(3 * 40 * 30).fill(100), width: 40, height: 30 };
const payload = { deployment: 1, job: 2 };

it("adds what TrustMark's encoder changes, by its strength, and no more than a fifth of the half range", async () => {
  const small = (await openWatermark(describe(0.1), runtime))!;
  // 0.1 · 0.95 · 127.5 = 12.1
  expect(new Set((await small.embed(gray, payload)).data)).toEqual(new Set([112]));
  const large = (await openWatermark(describe(5), runtime))!;
  // 0.2 · 0.95 · 127.5 = 24.2
  expect(new Set((await large.embed(gray, payload)).data)).toEqual(new Set([124]));
  const broken = (await openWatermark(describe(Number.NaN), runtime))!;
  expect((await broken.embed(gray, payload)).data).toEqual(gray.data);
});

it("gives the decoder's logits, and says where a network gives another number of them", async () => {
  const watermark = (await openWatermark(describe(0), runtime))!;
  const logits = await watermark.logits(gray);
  expect(logits).toHaveLength(100);
  expect(logits[7]! - logits[6]!).toBeCloseTo(1, 4);
  const other = (await openWatermark(describe(0, { bits: 64 }), runtime))!;
  await expect(other.read(gray)).rejects.toThrow("the watermark's decoder gave 64 numbers, 100 were expected");
});

it("is not there without a description, and says what is wrong in one", async () => {
  expect(await openWatermark(join(folder, "none.json"), runtime)).toBeUndefined();
  await expect(openWatermark(describe(0, { strength: 9 }), runtime)).rejects.toThrow(/watermark\.json: strength/);
  await expect(openWatermark(describe(0, { encoder: { model: "x" } }), runtime)).rejects.toThrow(/x cannot be read/);
  writeFileSync(join(folder, "text.json"), "{");
  await expect(openWatermark(join(folder, "text.json"), runtime)).rejects.toThrow(/text\.json: the watermark/);
});
