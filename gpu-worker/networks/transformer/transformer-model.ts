import { InvalidFileError } from "../../../shared/errors.ts";
import { type TransformerConfig, transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { buildTransformer } from "../../graph/architectures/z-image-transformer.ts";
import type { Adaptation, Adapted, Transformer, TransformerItem } from "../../pipeline/components.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { parameterCount } from "../../weights/checkpoint.ts";
import { configPath } from "../../weights/folder/component-config.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { loadCheckpoint } from "../../weights/load-checkpoint.ts";
import type { LoraFile } from "../../weights/lora/lora.ts";
import type { ModelOptions } from "../open-session.ts";
import { AdaptedSessions } from "./adapted-sessions.ts";
import { controlFeeds } from "./control-feeds.ts";
import { batchSizes, transformerFeeds } from "./transformer-feeds.ts";
import { inputProbes, itemProbes, itemRows } from "./transformer-probes.ts";
import { type ItemTokens, itemTokens, unpatchify } from "./transformer-tokens.ts";

export interface TransformerOptions extends ModelOptions {
  /**
   * What to do with items of different length or size: `split` runs each shape by itself; `mask` runs them together, in
   * a second session with a second copy of the weights, made when first needed.
   * @default "split"
   */
  readonly raggedBatches?: "split" | "mask";
  /** In force from the start; `adapt` changes them. */
  readonly loras?: readonly LoraFile[];
}

/** Outputs and, per name of the reference's own intermediates, one tensor per item without batch filling. */
export interface ProbedOutputs {
  readonly outputs: readonly Tensor[];
  readonly probes: ReadonlyMap<string, readonly Tensor[]>;
}

type Variant = "plain" | "masked" | "plain probed" | "masked probed";

/** S3-DiT from a `transformer/` folder. One session serves every image size, prompt length and batch. */
export class TransformerModel implements Transformer {
  readonly config: TransformerConfig;
  /** Number of weights in the checkpoint, without LoRA. */
  readonly parameterCount: number;
  readonly #raggedBatches: "split" | "mask";
  readonly #sessions: AdaptedSessions<Variant>;

  constructor(
    config: TransformerConfig,
    parameterCount: number,
    raggedBatches: "split" | "mask",
    sessions: AdaptedSessions<Variant>,
  ) {
    this.config = config;
    this.parameterCount = parameterCount;
    this.#raggedBatches = raggedBatches;
    this.#sessions = sessions;
  }

  async forward(items: readonly TransformerItem[]): Promise<Tensor[]> {
    return (await this.#runAll(items, false)).map(({ output }) => output);
  }

  /**
   * `forward` with every intermediate that the reference data names: `x_embed`, `layers.0.attn_out`, `final` and so on,
   * and what was computed before the graph: `patches`, `x_pos`, `x_rope_cos`, `t_freq` and so on. For comparison with a
   * reference: it makes a session of its own on first use.
   */
  async forwardWithProbes(items: readonly TransformerItem[]): Promise<ProbedOutputs> {
    const results = await this.#runAll(items, true);
    const names = results[0]?.probes.keys() ?? [];
    return {
      outputs: results.map(({ output }) => output),
      probes: new Map(Array.from(names, (name) => [name, results.map(({ probes }) => probes.get(name)!)])),
    };
  }

  async adapt(adaptation: Adaptation): Promise<Adapted> {
    const warnings = await this.#sessions.adapt(adaptation);
    const { controlNet } = this.#sessions;
    return { controlChannels: controlNet?.inChannels, warnings };
  }

  release(): Promise<void> {
    return this.#sessions.release();
  }

  async #runAll(items: readonly TransformerItem[], probed: boolean): Promise<ItemResult[]> {
    const tokens = items.map((item) => itemTokens(item, this.config));
    const groups = Map.groupBy(
      items.keys(),
      (index) => `${items[index]!.latents.shape} ${tokens[index]!.caption.length}`,
    );
    const masked = groups.size > 1 && this.#raggedBatches === "mask";
    const batches = masked ? [[...items.keys()]] : [...groups.values()];
    const results = new Array<ItemResult>(items.length);
    for (const indices of batches) {
      const batch = await this.#run(
        indices.map((index) => items[index]!),
        indices.map((index) => tokens[index]!),
        { masked, probed },
      );
      indices.forEach((index, place) => {
        results[index] = batch[place]!;
      });
    }
    return results;
  }

  async #run(
    items: readonly TransformerItem[],
    tokens: readonly ItemTokens[],
    { masked, probed }: { masked: boolean; probed: boolean },
  ): Promise<ItemResult[]> {
    const times = items.map(({ t }) => t);
    const variant = `${masked ? "masked" : "plain"}${probed ? " probed" : ""}` as const;
    const { controlNet } = this.#sessions;
    const control = controlNet && controlFeeds(items, tokens, controlNet, this.config);
    const feeds = { ...transformerFeeds(tokens, times, this.config, { masked }), ...control };
    const outputs = await this.#sessions.run(variant, feeds);
    const sizes = batchSizes(tokens);
    return items.map(({ latents, t }, index) => {
      const item = tokens[index]!;
      const final = itemRows(outputs.get("final")!, "image", index, item, sizes);
      return {
        output: unpatchify(final.data, latents.shape as [number, number, number], this.config.patchSize),
        probes: probed
          ? new Map([...inputProbes(item, t, this.config), ...itemProbes(outputs, index, item, sizes)])
          : new Map<string, Tensor>(),
      };
    });
  }
}

interface ItemResult {
  readonly output: Tensor;
  readonly probes: ReadonlyMap<string, Tensor>;
}

/**
 * @param folder - `transformer/` of a model folder, or the one file of it
 * @throws InvalidFileError for a damaged or unsupported checkpoint or LoRA
 */
export async function loadTransformer(
  folder: string,
  runtime: OnnxRuntime,
  options: TransformerOptions = {},
): Promise<TransformerModel> {
  const { raggedBatches = "split", loras = [], ...modelOptions } = options;
  const config = await readJsonFile(configPath("transformer", folder), transformerConfig);
  if (config.siglipFeatDim !== undefined) {
    throw new InvalidFileError(`${folder}: is of the Omni architecture; expected a text-to-image transformer`);
  }
  const checkpoint = await loadCheckpoint(folder, "transformer", options.layout);
  const sessions = new AdaptedSessions<Variant>({
    ...modelOptions,
    runtime,
    config,
    checkpoint,
    build: (g, variant, controlNet) =>
      buildTransformer(g, config, { masked: variant.startsWith("masked"), controlNet }),
    probed: (variant) => variant.endsWith("probed"),
  });
  await sessions.adapt({ loras });
  if (!options.lazy) await sessions.load("plain");
  return new TransformerModel(config, parameterCount(checkpoint), raggedBatches, sessions);
}
