import type { Tensor } from "../../tensor.ts";
import { constant, initialWeight, normal, xavier } from "../initial-weights.ts";
import { adamW } from "../optimizer/adamw.ts";
import { muon } from "../optimizer/muon.ts";
import type { TrainStepOptions } from "../steps/train-step.ts";

/**
 * Muon for the matrices inside the layers, AdamW for the rest, and faster for the token table, whose rows are seen
 * rarely.
 */
export function flowOptimizers(): TrainStepOptions["optimizerOf"] {
  const matrices = muon();
  const rest = adamW({ betas: [0.9, 0.99] });
  const tokenTable = adamW({ betas: [0.9, 0.99], learningRateScale: 2, weightDecay: 0 });
  return ({ name, shape }) => {
    if (name === "model.embed_tokens.weight") return tokenTable;
    const inLayer = /\.(attention|feed_forward|self_attn|mlp)\./.test(name) && !name.startsWith("t_embedder.");
    return inLayer && shape.length === 2 ? matrices : rest;
  };
}

/**
 * The output begins at zero; the gates of the blocks begin half open (bias 0.5 before tanh), so that the layers take
 * part from the first step.
 * @param name - of a text encoder's weight (`model.…`) or a transformer's
 */
export function flowInitialWeight(seed: number, name: string, shape: readonly number[]): Tensor {
  const draw = (initializer: Parameters<typeof initialWeight>[3]) => initialWeight(seed, name, shape, initializer);
  if (name === "model.embed_tokens.weight") return draw(normal(0.05));
  if (name.endsWith("_pad_token")) return draw(normal(0.02));
  if (name.endsWith("adaLN_modulation.0.bias")) {
    const gates = draw(constant(0));
    const width = gates.data.length / 4; // scale, gate, scale, gate
    gates.data.fill(0.5, width, 2 * width).fill(0.5, 3 * width);
    return gates;
  }
  if (name.startsWith("all_final_layer.") && name.includes(".linear.")) return draw(constant(0));
  if (name.includes("adaLN_modulation") && shape.length === 2) return draw(normal(0.02));
  if (shape.length === 2) return draw(xavier(shape));
  return draw(constant(name.endsWith(".bias") ? 0 : 1));
}
