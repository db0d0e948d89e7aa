import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { OnnxTensor } from "../onnx-session.ts";
import { isOutOfMemory } from "../out-of-memory.ts";
import { HostRuns, type Runs } from "./ffi-session.ts";
import type { NativeSession } from "./native-session.ts";
import type { Pointer } from "./ort-c-api.ts";
import type { OpenApi } from "./ort-environment.ts";
import { elementType, makeTensor, readTensor } from "./ort-values.ts";

/** What captured runs are over: the session, and where its device keeps its tensors. */
export interface CapturingSession {
  readonly api: OpenApi;
  /** Made with the provider's option to capture. */
  readonly session: NativeSession;
  /** `OrtMemoryInfo` of the device. */
  readonly deviceMemory: Pointer;
  /** Make a session of another graph on the same device, without capturing. */
  readonly createSession: (model: Uint8Array) => Promise<NativeSession>;
}

/**
 * A captured run of one set of sizes: tensors at fixed addresses, and the id under which the runtime keeps the
 * commands.
 */
interface Captured {
  readonly graphId: string;
  readonly inputs: readonly Pointer[];
  readonly outputs: Pointer[];
}

/** Each holds the commands of a whole run. More sizes than these are run without capturing. */
const mostCapturedSizes = 16;

/** Run configuration: which captured graph a run makes or replays. */
const graphIdKey = "gpu_graph_id";
const notCaptured = "-1";

/**
 * Runs of which the device's commands are recorded and then replayed as a whole: a CUDA graph, or WebGPU's captured
 * commands. That saves launching each kernel from the CPU. What is recorded knows its tensors by their addresses, so
 * every set of sizes has inputs and outputs of its own on the device. The first run at some sizes is an ordinary one,
 * which tells the sizes of the outputs; the second records; later ones replay.
 *
 * Copies between CPU and device cannot be recorded. They are the runs of two more sessions that do nothing else.
 *
 * A replay cannot be stopped in its middle.
 */
export class CapturedRuns implements Runs {
  readonly #on: CapturingSession;
  readonly #ordinary: HostRuns;
  readonly #captured = new Map<string, Captured>();
  #hasRoom = true;
  #transfers: { readonly up: NativeSession; readonly down: NativeSession } | undefined;

  constructor(on: CapturingSession) {
    this.#on = on;
    this.#ordinary = new HostRuns(on.api, on.session, { [graphIdKey]: notCaptured });
  }

  async run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const sizes = JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const captured = this.#captured.get(sizes);
    if (captured) return this.#replay(captured, feeds);
    const outputs = await this.#ordinary.run(feeds);
    if (this.#hasRoom && this.#captured.size < mostCapturedSizes) {
      try {
        this.#transfers ??= await this.#openTransfers(feeds, outputs);
        this.#captured.set(sizes, this.#place(feeds, outputs));
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        this.#hasRoom = false; // these sizes and later ones are run as usual
      }
    }
    return outputs;
  }

  release(): void {
    const { native } = this.#on.api;
    for (const { inputs, outputs } of this.#captured.values()) {
      for (const value of [...inputs, ...outputs]) native.value("ReleaseValue", value);
    }
    this.#captured.clear();
    this.#transfers?.up.release();
    this.#transfers?.down.release();
    this.#transfers = undefined;
  }

  async #openTransfers(feeds: Readonly<Record<string, OnnxTensor>>, outputs: ReadonlyMap<string, OnnxTensor>) {
    const up = await this.#on.createSession(transferGraph(Object.entries(feeds)));
    const down = await this.#on.createSession(transferGraph([...outputs]));
    return { up, down };
  }

  #place(feeds: Readonly<Record<string, OnnxTensor>>, outputs: ReadonlyMap<string, OnnxTensor>): Captured {
    const { session, deviceMemory } = this.#on;
    const made: Pointer[] = [];
    const allocate = ({ dtype, dims }: OnnxTensor) => {
      const value = session.allocate(deviceMemory, elementType[dtype], dims);
      made.push(value);
      return value;
    };
    try {
      return {
        graphId: String(this.#captured.size + 1),
        inputs: Object.values(feeds).map(allocate),
        outputs: session.outputNames.map((name) => allocate(outputs.get(name)!)),
      };
    } catch (error) {
      for (const value of made) this.#on.api.native.value("ReleaseValue", value);
      throw error;
    }
  }

  async #replay(captured: Captured, feeds: Readonly<Record<string, OnnxTensor>>) {
    const { api, session } = this.#on;
    const { up, down } = this.#transfers!;
    const { graphId, inputs, outputs } = captured;
    const names = Object.keys(feeds);
    const given: Pointer[] = [];
    const results: (Pointer | null)[] = outputs.map(() => null);
    try {
      for (const tensor of Object.values(feeds)) given.push(makeTensor(api, tensor));
      await up.run({ inputNames: names.map(ofTransfer), inputs: given, outputs: [...inputs] });
      await session.run({ inputNames: names, inputs, outputs, config: { [graphIdKey]: graphId }, canStop: false });
      await down.run({ inputNames: session.outputNames.map(ofTransfer), inputs: outputs, outputs: results });
      return new Map(results.map((value, index) => [session.outputNames[index]!, readTensor(api, value!)]));
    } finally {
      for (const value of [...given, ...results]) if (value) api.native.value("ReleaseValue", value);
    }
  }
}

/** Outputs that are the inputs. Names of the inputs differ, because those of a graph's values must. */
function transferGraph(tensors: readonly (readonly [string, OnnxTensor])[]): Uint8Array {
  const g = new GraphBuilder();
  for (const [name, { dtype, dims }] of tensors) {
    const sizes = dims.map((_, axis) => `${name}.${axis}`);
    g.output(name, g.input(ofTransfer(name), dtype, sizes));
  }
  return encodeModel(g, "transfer").bytes;
}

function ofTransfer(name: string): string {
  return `${name}.given`;
}
