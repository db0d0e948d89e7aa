import { InferenceSession, Tensor as NodeTensor } from "onnxruntime-node";
import { mapLargeBlocks } from "./map-large-blocks.ts";
import { withRemedy } from "./provider-remedy.ts";
import { type RuntimeFailure, runtimeError } from "./runtime-error.ts";

/** A tensor at the edge of a session. */
export type OnnxTensor =
  | { readonly dtype: "float32"; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly dtype: "int64"; readonly data: BigInt64Array; readonly dims: readonly number[] }
  | { readonly dtype: "int32"; readonly data: Int32Array; readonly dims: readonly number[] }
  | { readonly dtype: "bool"; readonly data: Uint8Array; readonly dims: readonly number[] }
  /** The upper halves of float32 values. The Node binding has no such inputs. */
  | { readonly dtype: "bfloat16"; readonly data: Uint16Array; readonly dims: readonly number[] };

export interface OnnxSession {
  /**
   * Feeds by input name → outputs by name. A session runs one call at a time.
   * @throws PipelineError `run_failed`, `device_lost`, `device_failed`
   */
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>>;
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly weightsRoot?: string;
  readonly keepsArena?: boolean;
  readonly runsRepeat?: boolean;
}

/** What runs ONNX graphs. Nothing above this interface knows which library that is. */
export interface OnnxRuntime {
  /**
   * @param model - a serialised `ModelProto`
   * @param options.weightsRoot - folder that external weights are relative to
   * @param options.keepsArena - false gives memory of activations back after each run, which costs time. @default true
   * @param options.runsRepeat - the session is run many times at few sizes, so that recording its commands may pay.
   * @default false
   * @throws PipelineError `session_failed` when the runtime refuses the model; `device_lost`, `device_failed`
   */
  createSession(model: Uint8Array, options?: SessionOptions): Promise<OnnxSession>;
}

export interface NodeRuntimeOptions {
  /** `cpu`, or `cuda` where its provider library is installed. @default "cpu" */
  readonly device?: "cpu" | "cuda";
  /** CPU threads within one operator. @default one per core */
  readonly threads?: number;
}

/**
 * onnxruntime-node. Both session creation and `run` block the calling thread for their whole time, whatever their
 * promises say, so this belongs in a worker thread of its own.
 */
export function createNodeRuntime({ device = "cpu", threads }: NodeRuntimeOptions = {}): OnnxRuntime {
  mapLargeBlocks();
  return {
    async createSession(model, { weightsRoot, keepsArena = true } = {}) {
      const options: InferenceSession.SessionOptions = {
        executionProviders: [device],
        enableCpuMemArena: keepsArena,
        logSeverityLevel: 3, // errors; at the default level every load warns of unused initializers
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        extra: {
          session: {
            ...(weightsRoot === undefined ? {} : { model_external_initializers_file_folder_path: weightsRoot }),
            ...deviceSession[device],
          },
        },
      };
      const session = await attempt("session_failed", () => InferenceSession.create(model, options)).catch(
        async (failure: unknown) => {
          throw await withRemedy(failure, device);
        },
      );
      return new NodeSession(session);
    },
  };
}

const deviceSession: Record<NonNullable<NodeRuntimeOptions["device"]>, Record<string, string>> = {
  cpu: {},
  // Weights are allocated one by one; in the arena each would take the next power of two.
  cuda: { use_device_allocator_for_initializers: "1" },
};

class NodeSession implements OnnxSession {
  readonly #session: InferenceSession;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  async run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toNode(tensor)]));
    const outputs = await attempt("run_failed", () => this.#session.run(inputs));
    return new Map(Object.entries(outputs).map(([name, tensor]) => [name, fromNode(name, tensor)]));
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

async function attempt<T>(code: RuntimeFailure, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw runtimeError(code, cause);
  }
}

function toNode({ dtype, data, dims }: OnnxTensor): NodeTensor {
  if (dtype === "bfloat16") throw new Error("onnxruntime-node takes no bfloat16 inputs; use the ffi runtime");
  return new NodeTensor(dtype, data, [...dims]);
}

function fromNode(name: string, { type, data, dims }: NodeTensor): OnnxTensor {
  if (type === "float32") return { dtype: type, data: data as Float32Array, dims };
  throw new Error(`output ${name} is ${type}; graphs give float32`);
}
