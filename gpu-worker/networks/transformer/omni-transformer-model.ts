import { InvalidInputError } from "../../../shared/errors.ts";
import { buildOmniTransformer, omniStreams } from "../../graph/architectures/omni-transformer.ts";
import { axialRotaryTables } from "../../graph/architectures/rotary-tables.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { frequencyWidth, timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import type { Adaptation, Adapted, Transformer, TransformerItem } from "../../pipeline/components.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { type Checkpoint, parameterCount } from "../../weights/checkpoint.ts";
import { floatFeed, floatOutput, type ModelOptions } from "../open-session.ts";
import { AdaptedSessions } from "./adapted-sessions.ts";
import { type OmniTokens, omniTokens } from "./omni-tokens.ts";
import { unpatchify } from "./transformer-tokens.ts";

type Variant = "with references" | "alone";

/**
 * The Omni architecture: S3-DiT that looks at other images while it draws. One session with and one without references
 * serve every size and prompt.
 */
export class OmniTransformerModel implements Transformer {
  readonly config: TransformerConfig;
  readonly parameterCount: number;
  readonly #sessions: AdaptedSessions<Variant>;

  constructor(config: TransformerConfig, checkpoint: Checkpoint, runtime: OnnxRuntime, options: ModelOptions) {
    this.config = config;
    this.parameterCount = parameterCount(checkpoint);
    this.#sessions = new AdaptedSessions({
      ...options,
      runtime,
      config,
      checkpoint,
      build: (g, variant) => buildOmniTransformer(g, config, { siglip: variant === "with references" }),
    });
  }

  async forward(items: readonly TransformerItem[]): Promise<Tensor[]> {
    const outputs: Tensor[] = [];
    for (const item of items) outputs.push(await this.#draw(item));
    return outputs;
  }

  /** @throws InvalidInputError for a ControlNet: none was made for this architecture */
  async adapt(adaptation: Adaptation): Promise<Adapted> {
    if (adaptation.controlNet !== undefined) {
      throw new InvalidInputError("unsupported_capability", "no ControlNet fits the Omni architecture", {
        param: "controlnet",
      });
    }
    return { warnings: await this.#sessions.adapt(adaptation) };
  }

  release(): Promise<void> {
    return this.#sessions.release();
  }

  async #draw({ latents, promptEmbeds, t, edit }: TransformerItem): Promise<Tensor> {
    const { patchSize } = this.config;
    const input = edit ?? { segments: [promptEmbeds], references: [] };
    const tokens = omniTokens(latents, input, this.config);
    const variant = tokens.sequences.siglip ? "with references" : "alone";
    const outputs = await this.#sessions.run(variant, omniFeeds(tokens, t, this.config));
    const { data, shape } = floatOutput(outputs, "final", 2);
    const target = data.subarray(tokens.firstTargetToken * shape[1]!);
    return unpatchify(target, latents.shape as [number, number, number], patchSize);
  }
}

function omniFeeds({ sequences }: OmniTokens, t: number, config: TransformerConfig): Record<string, OnnxTensor> {
  const present = omniStreams.flatMap((stream) => {
    const sequence = sequences[stream];
    return sequence ? [{ stream, sequence }] : [];
  });
  const rows = present.reduce((sum, { sequence }) => sum + sequence.length, 0);
  const positions = new Int32Array(3 * rows);
  const feeds: Record<string, OnnxTensor> = {
    time_frequencies: floatFeed(timeFrequencies(t, config.timeScale), [1, frequencyWidth]),
    clean_time_frequencies: floatFeed(timeFrequencies(1, config.timeScale), [1, frequencyWidth]),
  };
  let first = 0;
  for (const { stream, sequence } of present) {
    const { length, values, padding, noisy } = sequence;
    const start = first;
    positions.set(sequence.positions, 3 * start);
    feeds[stream] = floatFeed(values, [1, length, values.length / length]);
    feeds[`${stream}_padding`] = { dtype: "bool", data: padding, dims: [1, length, 1] };
    feeds[`${stream}_noisy`] = { dtype: "bool", data: noisy, dims: [1, length, 1] };
    feeds[`${stream}_positions`] = {
      dtype: "int64",
      data: BigInt64Array.from({ length }, (_, token) => BigInt(start + token)),
      dims: [1, length],
    };
    first += length;
  }
  const { cos, sin } = axialRotaryTables(positions, config.axesDims, config.ropeTheta);
  const tableDims = [rows, config.headDim / 2];
  return { ...feeds, rotary_cos: floatFeed(cos, tableDims), rotary_sin: floatFeed(sin, tableDims) };
}
