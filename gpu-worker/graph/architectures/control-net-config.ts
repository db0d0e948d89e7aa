import { z } from "zod";
import { elementCount } from "../../tensor.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import type { StoredTensor } from "../../weights/formats/safetensors.ts";
import { readTensorValues } from "../../weights/tensor-values.ts";
import type { TransformerConfig } from "./z-image-config.ts";

const place = z.int().nonnegative().max(1000);

const controlNetFile = z
  .looseObject({
    all_patch_size: z.tuple([z.literal(2)]).optional(),
    all_f_patch_size: z.tuple([z.literal(1)]).optional(),
    control_in_dim: z.int().positive().max(1000),
    control_layers_places: z.array(place).min(1),
    control_refiner_layers_places: z.array(place).nullish(),
    add_control_noise_refiner: z.enum(["control_layers", "control_noise_refiner"]).nullish(),
    dim: z.int().positive(),
    n_refiner_layers: z.int().nonnegative(),
  })
  .refine((file) => !file.add_control_noise_refiner || (file.control_refiner_layers_places?.length ?? 0) > 0, {
    path: ["control_refiner_layers_places"],
    error: "must name the refiner layers when add_control_noise_refiner is set",
  });

/**
 * What a ControlNet's `config.json` says. `refiner` tells the generations apart: `plain` refines the control image by
 * ordinary blocks (1.0), the others draw hints for the ControlNet's own image stream, from `control_layers` itself
 * (2.0) or from layers of their own (2.1).
 */
export const controlNetConfig = controlNetFile.transform((file) => ({
  inChannels: file.control_in_dim,
  places: file.control_layers_places as readonly number[],
  refiner: file.add_control_noise_refiner ?? ("plain" as const),
  refinerPlaces: (file.control_refiner_layers_places ?? []) as readonly number[],
  refinerLayers: file.n_refiner_layers,
  dim: file.dim,
}));
export type ControlNetConfig = z.output<typeof controlNetConfig>;

/**
 * Layers of a ControlNet, by their number, to the distance of those of the transformer that they act on: Union 1.0, 2.0
 * and 2.1, and 2.1-lite.
 */
const spacings: ReadonlyMap<number, number> = new Map([
  [6, 5],
  [15, 2],
  [3, 10],
]);

/**
 * The config of a published ControlNet file, which has none beside it: the tensors tell all but the places, and those
 * follow from their number. 2.0 has the hint layers of 2.1 for the refiner too, but never trained: the projection that
 * lets them see the image is still zero.
 * @returns `undefined` when the tensors leave it open
 * @see diffusers `loaders/single_file_utils.py`, `infer_diffusers_model_type`
 */
export function inferControlNetConfig({ tensors }: Checkpoint, base: TransformerConfig): ControlNetConfig | undefined {
  const embedder = tensors.get("control_all_x_embedder.2-1.weight")?.shape;
  const count = (name: string) =>
    new Set([...tensors.keys()].flatMap((key) => new RegExp(`^${name}\\.(\\d+)\\.`).exec(key)?.[1] ?? [])).size;
  const layers = count("control_layers");
  const spacing = spacings.get(layers);
  if (!embedder || spacing === undefined) return undefined;
  const [dim = 0, width = 0] = embedder;
  const inChannels = width / base.patchSize ** 2;
  const projection = tensors.get("control_noise_refiner.0.before_proj.weight");
  const hasHints = projection !== undefined || tensors.has("control_noise_refiner.0.after_proj.weight");
  const ownHints = hasHints && !(projection && isAllZero(projection));
  const refiner = ownHints ? "control_noise_refiner" : inChannels > base.inChannels ? "control_layers" : "plain";
  return {
    inChannels,
    places: Array.from({ length: layers }, (_, index) => index * spacing),
    refiner,
    refinerPlaces: refiner === "plain" ? [] : Array.from({ length: base.refinerLayers }, (_, index) => index),
    refinerLayers: base.refinerLayers,
    dim,
  };
}

const pieceValues = 1_000_000;

/** Reads as far as the first value that is not. */
function isAllZero(tensor: StoredTensor): boolean {
  const total = elementCount(tensor.shape);
  const [rows = 1] = tensor.shape;
  // Quantised tensors are read in whole rows.
  const width = Math.max(1, total / rows);
  const piece = Math.max(1, Math.floor(pieceValues / width)) * width;
  for (let first = 0; first < total; first += piece) {
    if (readTensorValues(tensor, first, Math.min(piece, total - first)).some((value) => value !== 0)) return false;
  }
  return true;
}
