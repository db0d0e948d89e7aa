import { InvalidFileError, InvalidInputError } from "../../shared/errors.ts";
import { textRotaryTables } from "../graph/architectures/rotary-tables.ts";
import { buildTextEncoder, embeddingTable } from "../graph/architectures/text-encoder.ts";
import { type TextEncoderConfig, textEncoderConfig } from "../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import type { TextEncoder } from "../pipeline/components.ts";
import type { OnnxRuntime, OnnxTensor } from "../runtime/onnx-session.ts";
import type { Tensor } from "../tensor.ts";
import { configPath } from "../weights/folder/component-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import type { StoredTensor } from "../weights/formats/safetensors.ts";
import { loadCheckpoint } from "../weights/load-checkpoint.ts";
import { readTensorRows } from "../weights/tensor-values.ts";
import { checkpointWeights } from "../weights/weight-source.ts";
import { floatFeed, floatOutput, LazySession, type ModelOptions, openSession } from "./open-session.ts";

/** Qwen3 from a `text_encoder/` folder. One session serves every prompt length. */
export class TextEncoderModel implements TextEncoder {
  readonly config: TextEncoderConfig;
  readonly #embeddings: StoredTensor;
  readonly #conditioning: LazySession;
  readonly #allStates: LazySession;

  constructor(config: TextEncoderConfig, embeddings: StoredTensor, conditioning: LazySession, allStates: LazySession) {
    this.config = config;
    this.#embeddings = embeddings;
    this.#conditioning = conditioning;
    this.#allStates = allStates;
  }

  async encode(inputIds: readonly number[]): Promise<Tensor> {
    const feeds = this.#feeds(inputIds);
    const outputs = await (await this.#conditioning.get()).run(feeds);
    return floatOutput(outputs, `hidden_states.${this.config.layers - 1}`, 2);
  }

  /**
   * Every hidden state, `[T, hiddenSize]` each: the embeddings, the output of each layer but the last, and the last
   * after the final norm. For comparison with a reference: it makes a second session, with a second copy of the
   * weights, on first use.
   */
  async encodeAll(inputIds: readonly number[]): Promise<Tensor[]> {
    const feeds = this.#feeds(inputIds);
    const outputs = await (await this.#allStates.get()).run(feeds);
    return Array.from({ length: this.config.layers + 1 }, (_, index) =>
      floatOutput(outputs, `hidden_states.${index}`, 2),
    );
  }

  async release(): Promise<void> {
    await this.#conditioning.release();
    await this.#allStates.release();
  }

  #feeds(inputIds: readonly number[]): Record<string, OnnxTensor> {
    const { hiddenSize, headDim, ropeTheta, vocabSize, maxPositions } = this.config;
    const length = inputIds.length;
    if (length < 1 || length > maxPositions) {
      throw new InvalidInputError("invalid_prompt", `expected 1 to ${maxPositions} tokens, got ${length}`);
    }
    const outside = inputIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (outside !== undefined) {
      const message = `expected token ids in 0..${vocabSize - 1}, got ${outside}; the tokenizer is of another model`;
      throw new InvalidInputError("invalid_prompt", message);
    }
    const { cos, sin } = textRotaryTables(length, headDim, ropeTheta);
    return {
      inputs_embeds: floatFeed(readTensorRows(this.#embeddings, inputIds), [1, length, hiddenSize]),
      rotary_cos: floatFeed(cos, [length, headDim / 2]),
      rotary_sin: floatFeed(sin, [length, headDim / 2]),
      positions: {
        dtype: "int64",
        data: BigInt64Array.from({ length }, (_, position) => BigInt(position)),
        dims: [1, length],
      },
    };
  }
}

/**
 * @param folder - `text_encoder/` of a model folder, or the one file of it
 * @throws InvalidFileError for a damaged or unsupported checkpoint
 */
export async function loadTextEncoder(
  folder: string,
  runtime: OnnxRuntime,
  options: ModelOptions = {},
): Promise<TextEncoderModel> {
  const config = await readJsonFile(configPath("text_encoder", folder), textEncoderConfig);
  const checkpoint = await loadCheckpoint(folder, "text_encoder", options.layout);
  const table = embeddingTable(config);
  const embeddings = checkpoint.tensors.get(table.name);
  if (!embeddings || embeddings.shape.join() !== table.dims.join()) {
    const got = embeddings ? `[${embeddings.shape.join(", ")}]` : "none";
    throw new InvalidFileError(`${folder}: expected a tensor ${table.name} [${table.dims.join(", ")}], got ${got}`);
  }
  const open = (allHiddenStates: boolean) => () => {
    const g = new GraphBuilder({ ...options, weights: checkpointWeights(checkpoint) });
    buildTextEncoder(g, config, { allHiddenStates });
    return openSession(runtime, g, "text_encoder");
  };
  const conditioning = new LazySession(open(false));
  if (!options.lazy) await conditioning.get();
  return new TextEncoderModel(config, embeddings, conditioning, new LazySession(open(true)));
}
