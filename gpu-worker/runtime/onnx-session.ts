import { InferenceSession, Tensor as NodeTensor } from "onnxruntime-node";
import { PipelineError } from "../../shared/errors.ts";

/** A tensor at the edge of a session. */
export type OnnxTensor =
  | { readonly dtype: "float32"; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly dtype: "int64"; readonly data: BigInt64Array; readonly dims: readonly number[] }
  | { readonly dtype: "int32"; readonly data: Int32Array; readonly dims: readonly number[] }
  | { readonly dtype: "bool"; readonly data: Uint8Array; readonly dims: readonly number[] }
  /** The upper halves of float32 values. The Node binding has no such inputs. */
  | { readonly dtype: "bfloat16"; readonly data: Uint16Array; readonly dims: readonly number[] };

export interface OnnxSession {
  /** Feeds by input name → outputs by name. A session runs one call at a time. */
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
   * @param options.runsRepeat - the session is run many times at few sizes, so that recording its commands may pay. @default false
   * @throws PipelineError `session_failed` when the runtime refuses the model
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
 * onnxruntime-node. Both session creation and `run` block the calling thread for their whole time, whatever their promises say,
 * so this belongs in a worker thread of its own.
 */
export function createNodeRuntime({ device = "cpu", threads }: NodeRuntimeOptions = {}): OnnxRuntime {
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
      const session = await attempt("session_failed", () => InferenceSession.create(model, options));
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

/** The runtime's own message names the node, which is named after the checkpoint; it is kept. */
async function attempt<T>(code: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { message } = cause as Error;
    const device = deviceCode(message);
    const retryable = device !== undefined;
    throw new PipelineError(device ?? code, `ONNX Runtime: ${message}`, { cause, retryable });
  }
}

/**
 * What CUDA's words say of the GPU. `device_lost`: it is gone, whatever was drawn. `device_failed`: this process can use it no more,
 * and the job at hand may be the reason. Being out of memory is neither: a smaller picture may still fit.
 */
export function deviceCode(message: string): "device_lost" | "device_failed" | undefined {
  // cudaErrorDevicesUnavailable, cudaErrorNoDevice, cudaErrorECCUncorrectable; the driver's own words.
  if (
    /CUDA (?:failure|error) (?:46|100|214)\b|no CUDA-capable device|uncorrectable ECC error|GPU is lost/i.test(message)
  ) {
    return "device_lost";
  }
  // cudaErrorIllegalAddress, cudaErrorLaunchTimeout, cudaErrorLaunchFailure: every later call fails too.
  if (/CUDA (?:failure|error) (?:700|702|719)\b|unspecified launch failure|illegal memory access/i.test(message)) {
    return "device_failed";
  }
  return undefined;
}

function toNode({ dtype, data, dims }: OnnxTensor): NodeTensor {
  if (dtype === "bfloat16") throw new Error("onnxruntime-node takes no bfloat16 inputs; use the ffi runtime");
  return new NodeTensor(dtype, data, [...dims]);
}

function fromNode(name: string, { type, data, dims }: NodeTensor): OnnxTensor {
  if (type === "float32") return { dtype: type, data: data as Float32Array, dims };
  throw new Error(`output ${name} is ${type}; graphs give float32`);
}
