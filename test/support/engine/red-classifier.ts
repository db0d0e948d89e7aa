import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeModel } from "../../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../../gpu-worker/graph/graph-builder.ts";
import { matMul } from "../../../gpu-worker/graph/ops/linear.ts";
import { reduceMean } from "../../../gpu-worker/graph/ops/reduction.ts";
import type { ClassifierDescription } from "../../../gpu-worker/moderation/image-classifier.ts";

const size = 16;

/**
 * A classifier that tells red images from others by their mean colour, as a deployer's would lie in a folder: its
 * logits are 10 · (red − green) and 0.
 * @param changes - of its description
 * @returns path of the description
 */
export function writeRedClassifier(folder: string, changes: Partial<ClassifierDescription> = {}): string {
  const g = new GraphBuilder();
  const x = g.input("pixel_values", "float32", [1, 3, size, size]);
  const mean = reduceMean(g, x, [2, 3]); // [1, 3]
  g.output("logits", matMul(g, mean, g.floats([10, 0, -10, 0, 0, 0], [3, 2]))); // [1, 2]
  writeFileSync(join(folder, "red.onnx"), encodeModel(g, "red").bytes);
  const path = join(folder, "red.json");
  const description = {
    model: "red.onnx",
    input: { size, mean: [0, 0, 0], std: [1, 1, 1] },
    labels: ["red", "other"],
    refuse: [{ label: "red", threshold: 0.9, category: "violence" }],
  };
  writeFileSync(path, JSON.stringify({ ...description, ...changes }));
  return path;
}
