import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import openShapes from "../../../test/training/shapes-data.ts";
import smoke from "../../../test/training/smoke-vae.json" with { type: "json" };
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import type { VaeTrainConfig } from "../train-config.ts";
import { openVaeRun } from "./vae-run.ts";

const trained = goldenCheckpoint("tiny-turbo/vae");
const vae = await readJsonFile(join(trained, "config.json"), z.record(z.string(), z.unknown()));
const config = { ...smoke, vae, output: "output" } as VaeTrainConfig;
const data = await openShapes(undefined);

function open(changes: Partial<VaeTrainConfig>) {
  const output = temporaryFolder();
  const at = (path: string) => (path.startsWith("/") ? path : join(output, path));
  const run = openVaeRun({ ...config, ...changes }, { at, data, runtime, runtimeOptions: {}, tell: () => {} });
  onTestFinished(() => run.task.release());
  return { ...run, output };
}

it("writes a decoder that was trained alone beside the encoder that it was trained for", async () => {
  const { task, write, output } = open({ decoderOf: trained });
  const { step, tensors } = task.initialState();
  const bias = tensors.get("decoder.conv_out.bias ema")!;
  const learned = { ...bias, data: bias.data.map(() => 0.5) };
  const folder = await write({ step, tensors: new Map(tensors).set("decoder.conv_out.bias ema", learned) });
  expect(folder).toBe(join(output, "output/vae"));
  const written = openCheckpoint(folder).tensors;
  const own = openCheckpoint(trained).tensors;
  expect([...written.keys()].sort()).toEqual([...own.keys()].sort());
  expect([...readTensor(written.get("decoder.conv_out.bias")!)]).toEqual([0.5, 0.5, 0.5]);
  const conv = "encoder.conv_in.weight";
  expect(readTensor(written.get(conv)!)).toEqual(Float32Array.from(Float16Array.from(readTensor(own.get(conv)!))));
});

it("has another fingerprint for another seed, and for a decoder alone", () => {
  const prints = [{}, { seed: 2 }, { decoderOf: trained }].map((changes) => open(changes).fingerprint);
  expect(new Set(prints).size).toBe(3);
  expect(open({ steps: 7 }).fingerprint).toBe(prints[0]); // a training may be made longer
});
