import { encodeModel } from "../graph/encode-model.ts";
import type { GraphBuilder } from "../graph/graph-builder.ts";
import type { AttentionForm } from "../graph/graph-options.ts";
import type { FloatDtype } from "../graph/value.ts";
import type { IntegerProducts } from "../graph/weight-source.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor, SessionOptions } from "../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { WeightLayout } from "../weights/convert/plan-conversion.ts";

export interface ModelOptions {
  /**
   * What weights and activations are computed in: `float32` on a CPU, `bfloat16` on a GPU. float16 overflows in this
   * transformer.
   * @default "float32"
   */
  readonly computeDtype?: Exclude<FloatDtype, "float16">;
  /** How attention is computed. @default "fused" */
  readonly attention?: AttentionForm;
  /** How rotated int8 matrices are multiplied. @default as floats */
  readonly integerProducts?: IntegerProducts;
  /**
   * Form that linear layers of the transformer and the text encoder are laid out in when they are not stored so.
   * @default as they are, or as `loadCheckpoint` must
   */
  readonly layout?: WeightLayout;
  /** Open sessions when they are first needed, instead of at once. @default false */
  readonly lazy?: boolean;
}

export function openSession(
  runtime: OnnxRuntime,
  g: GraphBuilder,
  name: string,
  options: Pick<SessionOptions, "keepsArena" | "runsRepeat"> = {},
): Promise<OnnxSession> {
  const { bytes, ...weights } = encodeModel(g, name);
  return runtime.createSession(bytes, { ...weights, ...options });
}

/** A session that is made on first use, once. */
export class LazySession {
  readonly #open: () => Promise<OnnxSession>;
  #session: Promise<OnnxSession> | undefined;

  constructor(open: () => Promise<OnnxSession>) {
    this.#open = open;
  }

  get(): Promise<OnnxSession> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined; // a failure, such as too little memory, may not last
      throw error;
    });
    return this.#session;
  }

  async release(): Promise<void> {
    const session = await this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

export function floatFeed(data: Float32Array, dims: readonly number[]): OnnxTensor {
  return { dtype: "float32", data, dims };
}

/** The output `name`, without its leading axes of 1 down to `rank` axes. */
export function floatOutput(outputs: ReadonlyMap<string, OnnxTensor>, name: string, rank: number): Tensor {
  const output = outputs.get(name);
  if (output?.dtype !== "float32")
    throw new Error(`expected a float32 output ${name}, got ${[...outputs.keys()].join(", ")}`);
  return tensor(output.data, output.dims.slice(output.dims.length - rank));
}
