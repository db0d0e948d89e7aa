import { join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import {
  buildVisionEncoder,
  positionTable,
  type VisionConfig,
  visionConfig,
} from "../graph/architectures/vision-encoder.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import type { VisionEncoder } from "../pipeline/components.ts";
import type { RgbImage } from "../pipeline/image.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { readTensor } from "../weights/tensor-values.ts";
import { checkpointWeights } from "../weights/weight-source.ts";
import { floatFeed, floatOutput, LazySession, type ModelOptions, openSession } from "./open-session.ts";
import { imagePatches, patchGrid, resizePositions } from "./vision-patches.ts";

/** Values that the graph and `imagePatches` take for granted are checked. */
const processorFile = z.looseObject({
  max_num_patches: z.int().positive().max(100_000),
  image_mean: z.tuple([z.literal(0.5), z.literal(0.5), z.literal(0.5)]),
  image_std: z.tuple([z.literal(0.5), z.literal(0.5), z.literal(0.5)]),
  resample: z.literal(2, "expected 2, bilinear"),
});

/** SigLIP-2 from a `siglip/` folder. One session, made on first use, serves images of every proportion. */
export class VisionEncoderModel implements VisionEncoder {
  readonly #config: VisionConfig;
  readonly #maxPatches: number;
  /** `[positionSide², hiddenSize]` */
  readonly #positions: Float32Array;
  readonly #session: LazySession;

  constructor(config: VisionConfig, maxPatches: number, positions: Float32Array, session: LazySession) {
    this.#config = config;
    this.#maxPatches = maxPatches;
    this.#positions = positions;
    this.#session = session;
  }

  async encode(image: RgbImage): Promise<Tensor> {
    const { patchSize, positionSide, hiddenSize } = this.#config;
    const grid = patchGrid(image, patchSize, this.#maxPatches);
    const count = grid.rows * grid.columns;
    const outputs = await (await this.#session.get()).run({
      patches: floatFeed(imagePatches(image, grid, patchSize), [1, count, 3 * patchSize ** 2]),
      positions: floatFeed(resizePositions(this.#positions, positionSide, grid), [1, count, hiddenSize]),
    });
    return tensor(floatOutput(outputs, "features", 2).data, [grid.rows, grid.columns, hiddenSize]);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/**
 * @param folder - `siglip/` of a model folder
 * @param processorFolder - where `preprocessor_config.json` lies
 * @throws InvalidFileError
 */
export async function loadVisionEncoder(
  folder: string,
  processorFolder: string,
  runtime: OnnxRuntime,
  options: ModelOptions = {},
): Promise<VisionEncoderModel> {
  const config = await readJsonFile(join(folder, "config.json"), visionConfig);
  const processor = await readJsonFile(join(processorFolder, "preprocessor_config.json"), processorFile);
  const checkpoint = openCheckpoint(folder);
  const table = positionTable(config);
  const positions = checkpoint.tensors.get(table.name);
  if (positions?.shape.join() !== table.dims.join()) {
    throw new InvalidFileError(`${folder}: expected a tensor ${table.name} [${table.dims.join(", ")}]`);
  }
  const session = new LazySession(() => {
    const g = new GraphBuilder({ ...options, weights: checkpointWeights(checkpoint) });
    buildVisionEncoder(g, config);
    return openSession(runtime, g, "vision_encoder");
  });
  return new VisionEncoderModel(config, processor.max_num_patches, readTensor(positions), session);
}
