import { buildVaeDecoder } from "../graph/architectures/vae-decoder.ts";
import { buildVaeEncoder } from "../graph/architectures/vae-encoder.ts";
import { type VaeConfig, vaeConfig } from "../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import type { Vae } from "../pipeline/components.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import type { Tensor } from "../tensor.ts";
import { configPath } from "../weights/folder/component-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { loadCheckpoint } from "../weights/load-checkpoint.ts";
import { checkpointWeights } from "../weights/weight-source.ts";
import { floatFeed, floatOutput, LazySession, type ModelOptions, openSession } from "./open-session.ts";

/** Pixels per latent, along each side. */
const scaleFactor = 8;

/** AutoencoderKL from a `vae/` folder, in float32. One session per direction serves every image size. */
export class VaeModel implements Vae {
  readonly config: VaeConfig;
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  readonly #decoder: LazySession;
  readonly #encoder: LazySession;

  constructor(config: VaeConfig, decoder: LazySession, encoder: LazySession) {
    this.config = config;
    this.scalingFactor = config.scalingFactor;
    this.shiftFactor = config.shiftFactor;
    this.#decoder = decoder;
    this.#encoder = encoder;
  }

  async decode(z: Tensor): Promise<Tensor> {
    requireImage("latents", z, this.config.latentChannels, 1);
    const outputs = await (await this.#decoder.get()).run({ latents: floatFeed(z.data, [1, ...z.shape]) });
    return floatOutput(outputs, "image", 3);
  }

  async encode(image: Tensor): Promise<{ mean: Tensor; logvar: Tensor }> {
    requireImage("image", image, this.config.imageChannels, scaleFactor);
    const outputs = await (await this.#encoder.get()).run({ image: floatFeed(image.data, [1, ...image.shape]) });
    return { mean: floatOutput(outputs, "mean", 3), logvar: floatOutput(outputs, "logvar", 3) };
  }

  async release(): Promise<void> {
    await this.#decoder.release();
    await this.#encoder.release();
  }
}

/** Sizes were checked where the request came in, so a wrong one here is a bug. */
function requireImage(what: string, { shape }: Tensor, channels: number, multiple: number): void {
  const [c, h = 0, w = 0] = shape;
  if (shape.length !== 3 || c !== channels || h < 1 || w < 1 || h % multiple !== 0 || w % multiple !== 0) {
    throw new Error(
      `expected a ${what} tensor [${channels}, height, width] with sides in multiples of ${multiple}, got [${shape}]`,
    );
  }
}

/**
 * @param folder - `vae/` of a model folder, or the one file of it
 * @throws InvalidFileError for a damaged or unsupported checkpoint
 */
export async function loadVae(
  folder: string,
  runtime: OnnxRuntime,
  { lazy = false, ...options }: Pick<ModelOptions, "lazy" | "attention"> = {},
): Promise<VaeModel> {
  const config = await readJsonFile(configPath("vae", folder), vaeConfig);
  const weights = checkpointWeights(await loadCheckpoint(folder, "vae"));
  const open = (build: (g: GraphBuilder, config: VaeConfig) => void, name: string) => () => {
    const g = new GraphBuilder({ ...options, weights });
    build(g, config);
    return openSession(runtime, g, name);
  };
  const decoder = new LazySession(open(buildVaeDecoder, "vae_decoder"));
  if (!lazy) await decoder.get();
  return new VaeModel(config, decoder, new LazySession(open(buildVaeEncoder, "vae_encoder")));
}
