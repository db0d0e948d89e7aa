import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeModel } from "../../graph/encode-model.ts";
import type { TrainState } from "../train-state.ts";
import { decoderGraph, encoderGraph } from "./watermark-pair.ts";

/** Writes a trained pair as the worker reads it. @returns path of its description */
export async function writeWatermark(folder: string, { tensors }: TrainState): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "encoder.onnx"), encodeModel(encoderGraph(tensors), "watermark_encoder").bytes);
  await writeFile(join(folder, "decoder.onnx"), encodeModel(decoderGraph(tensors), "watermark_decoder").bytes);
  const path = join(folder, "watermark.json");
  const description = {
    strength: 1,
    encoder: { model: "encoder.onnx", image: "image", secret: "secret", output: "marked" },
    decoder: { model: "decoder.onnx", image: "image", output: "bits" },
  };
  await writeFile(path, `${JSON.stringify(description, null, 2)}\n`);
  return path;
}
