import koffi from "koffi";
import { CanceledError } from "../../../shared/errors.ts";
import { type RuntimeFailure, runtimeError } from "../runtime-error.ts";
import type { Pointer } from "./ort-c-api.ts";
import type { OpenApi } from "./ort-environment.ts";

/** The execution provider that a node of a graph was given to. */
export interface NodeAssignment {
  readonly provider: string;
  readonly op: string;
  readonly name: string;
}

export interface NativeRun {
  readonly inputNames: readonly string[];
  readonly inputs: readonly Pointer[];
  /**
   * In the order of `outputNames`: a value to write to, or null for one that the runtime makes in the CPU's memory. It
   * is put here.
   */
  readonly outputs: (Pointer | null)[];
  /** By the runtime's own keys. */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether it may be canceled in its middle. @default true */
  readonly canStop?: boolean;
}

/** A session of the C API, with values of the library going in and out. One run at a time is the caller's care. */
export class NativeSession {
  readonly outputNames: readonly string[];
  readonly #api: OpenApi;
  readonly #session: Pointer;
  readonly #isCanceled: (() => boolean) | undefined;
  /** Allocator of the device. It must outlive the tensors that it made: they are freed through it. */
  #allocator: Pointer | undefined;

  /** @throws PipelineError `session_failed`, `device_lost`, `device_failed`; CanceledError */
  static async create(
    api: OpenApi,
    model: Uint8Array,
    sessionOptions: Pointer,
    isCanceled?: () => boolean,
  ): Promise<NativeSession> {
    const out: [Pointer | null] = [null];
    await cancelable(
      isCanceled,
      () => api.native.callAsync("CreateSessionFromArray", api.env, model, model.byteLength, sessionOptions, out),
      () => api.native.call("SessionOptionsSetLoadCancellationFlag", sessionOptions, true),
      "session_failed",
    );
    return new NativeSession(api, out[0]!, isCanceled);
  }

  private constructor(api: OpenApi, session: Pointer, isCanceled: (() => boolean) | undefined) {
    this.#api = api;
    this.#session = session;
    this.#isCanceled = isCanceled;
    this.outputNames = readOutputNames(api, session);
  }

  /**
   * The values stay the caller's, those that the runtime makes too.
   * @throws PipelineError `run_failed`, `device_lost`, `device_failed`; CanceledError
   */
  async run({ inputNames, inputs, outputs, config = {}, canStop = true }: NativeRun): Promise<void> {
    const { native } = this.#api;
    const runOptions = native.make("CreateRunOptions");
    try {
      for (const [key, value] of Object.entries(config)) native.call("AddRunConfigEntry", runOptions, key, value);
      const work = () =>
        native.callAsync(
          "Run",
          this.#session,
          runOptions,
          inputNames,
          inputs,
          inputNames.length,
          this.outputNames,
          this.outputNames.length,
          outputs,
        );
      const stop = () => native.call("RunOptionsSetTerminate", runOptions);
      await cancelable(canStop ? this.#isCanceled : undefined, work, stop, "run_failed");
    } finally {
      native.value("ReleaseRunOptions", runOptions);
    }
  }

  /**
   * A tensor of the device that this session computes on, with nothing in it yet.
   * @param device - `OrtMemoryInfo` of the device's memory
   * @param type - `ONNXTensorElementDataType`
   * @throws PipelineError `run_failed`, also when the device has not that much memory left; `device_lost`,
   * `device_failed`
   */
  allocate(device: Pointer, type: number, dims: readonly number[]): Pointer {
    const { native } = this.#api;
    try {
      this.#allocator ??= native.make("CreateAllocator", this.#session, device);
      const shape = BigInt64Array.from(dims, BigInt);
      return native.make("CreateTensorAsOrtValue", this.#allocator, shape, shape.length, type);
    } catch (cause) {
      throw runtimeError("run_failed", cause);
    }
  }

  /** Which provider runs each node. Needs the session configuration `session.record_ep_graph_assignment_info` = `1`. */
  assignments(): readonly NodeAssignment[] {
    const { native } = this.#api;
    const list = (name: "Session_GetEpGraphAssignmentInfo" | "EpAssignedSubgraph_GetNodes", of: Pointer) => {
      const items: [Pointer | null] = [null];
      const count: [number] = [0];
      native.call(name, of, items, count);
      const length = Number(count[0]);
      return items[0] && length > 0 ? (koffi.decode(items[0], koffi.array("void *", length)) as Pointer[]) : [];
    };
    return list("Session_GetEpGraphAssignmentInfo", this.#session).flatMap((subgraph) => {
      const provider = native.make<string>("EpAssignedSubgraph_GetEpName", subgraph);
      return list("EpAssignedSubgraph_GetNodes", subgraph).map((node) => ({
        provider,
        op: native.make<string>("EpAssignedNode_GetOperatorType", node),
        name: native.make<string>("EpAssignedNode_GetName", node),
      }));
    });
  }

  /** What `allocate` gave must have been released before. */
  release(): void {
    if (this.#allocator) this.#api.native.value("ReleaseAllocator", this.#allocator);
    this.#api.native.value("ReleaseSession", this.#session);
  }
}

/** How often a run is looked at for cancelling. */
const cancelPollMs = 25;

/** Run `work`; call `stop` once when `isCanceled` says so. */
async function cancelable(
  isCanceled: (() => boolean) | undefined,
  work: () => Promise<void>,
  stop: () => void,
  code: RuntimeFailure,
): Promise<void> {
  if (isCanceled?.()) throw new CanceledError();
  let canceled = false;
  const timer =
    isCanceled &&
    setInterval(() => {
      if (canceled || !isCanceled()) return;
      canceled = true;
      stop();
    }, cancelPollMs);
  try {
    await work();
  } catch (cause) {
    if (canceled) throw new CanceledError();
    throw runtimeError(code, cause);
  } finally {
    clearInterval(timer);
  }
}

function readOutputNames({ native, allocator }: OpenApi, session: Pointer): string[] {
  const count = Number(native.make<number>("SessionGetOutputCount", session));
  return Array.from({ length: count }, (_, index) => {
    const name = native.make("SessionGetOutputName", session, index, allocator);
    const text = koffi.decode.string(name);
    native.call("AllocatorFree", allocator, name);
    return text;
  });
}
