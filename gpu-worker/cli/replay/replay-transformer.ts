import { join } from "node:path";
import { z } from "zod";
import { loadTransformer } from "../../networks/transformer/transformer-model.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import { createNodeRuntime } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";

const inputsSchema = z.object({ t: z.array(z.number()).min(1) });

/** One network call with every intermediate. Items of different size run masked together and each by itself. */
export async function replayTransformer(
  golden: GoldenCase,
  checkpoints: string,
  comparison: Comparison,
): Promise<void> {
  const { t } = parseInputs(golden, inputsSchema);
  const stored = (name: string, dropAxis?: number): Tensor => {
    comparison.inputs(name);
    const value = storedTensor(golden, name);
    return tensor(
      Float32Array.from(storedValues(value)),
      value.shape.filter((_, axis) => axis !== dropAxis),
    );
  };
  const times = stored("t").data; // float32, unlike those of the manifest
  const items = t.map((_, i): TransformerItem => {
    return { latents: stored(`x.${i}`, 1), promptEmbeds: stored(`cap_feats.${i}`), t: times[i]! };
  });

  const folder = await openModelFolder(join(checkpoints, golden.checkpoint ?? ""));
  for (const raggedBatches of items.length > 1 ? (["mask", "split"] as const) : (["split"] as const)) {
    comparison.variant(items.length > 1 ? raggedBatches : undefined);
    const transformer = await loadTransformer(folder.transformer, createNodeRuntime(), { raggedBatches });
    try {
      const { probes } = await transformer.forwardWithProbes(items);
      for (const [name, values] of probes) compareProbe(golden, name, values, comparison);
      // Not the outputs of the same call: a graph without probes is another graph to the optimizer.
      const outputs = await transformer.forward(items);
      outputs.forEach((output, i) => {
        comparison.tensor(`out.${i}`, output);
      });
    } finally {
      await transformer.release();
    }
  }
}

/**
 * The case holds an intermediate per item (`x_pos.0`), for all items in a row (`x_embed`), or as a batch padded to the
 * longest (`layers.0`).
 */
function compareProbe(golden: GoldenCase, name: string, items: readonly Tensor[], comparison: Comparison): void {
  if (!golden.tensors.has(name) && !golden.tensors.has(`${name}.0`)) return; // the reference kept fewer blocks' insides
  const rank = golden.tensors.get(name)?.shape.length;
  if (rank === 3) {
    comparison.paddedRows(name, items);
  } else if (rank === 2) {
    const data = items.flatMap((item) => Array.from(item.data));
    const rows = items.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    comparison.tensor(name, { data, shape: [rows, items[0]?.shape[1] ?? 0] });
  } else {
    const isExact = /_(pad|pos)$/.test(name);
    items.forEach(({ data, shape }, i) => {
      if (isExact) comparison.exact(`${name}.${i}`, data, shape);
      else comparison.tensor(`${name}.${i}`, { data, shape });
    });
  }
}
