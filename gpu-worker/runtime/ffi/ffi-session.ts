import type { OnnxSession, OnnxTensor } from "../onnx-session.ts";
import type { NativeSession, NodeAssignment } from "./native-session.ts";
import type { Pointer } from "./ort-c-api.ts";
import type { OpenApi } from "./ort-environment.ts";
import { makeTensor, readTensor } from "./ort-values.ts";

export interface FfiSession extends OnnxSession {
  /** Which provider runs each node. Needs the session configuration `session.record_ep_graph_assignment_info` = `1`. */
  assignments(): readonly NodeAssignment[];
}

/** How feeds become outputs. One run at a time. */
export interface Runs {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>>;
  release(): void;
}

/** Runs whose inputs and outputs lie in the CPU's memory; the runtime takes them to the device and back. */
export class HostRuns implements Runs {
  readonly #api: OpenApi;
  readonly #session: NativeSession;
  readonly #config: Readonly<Record<string, string>>;

  /** @param config - of every run, by the runtime's own keys */
  constructor(api: OpenApi, session: NativeSession, config: Readonly<Record<string, string>>) {
    this.#api = api;
    this.#session = session;
    this.#config = config;
  }

  async run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const { native } = this.#api;
    const { outputNames } = this.#session;
    const inputs: Pointer[] = [];
    const outputs: (Pointer | null)[] = outputNames.map(() => null);
    try {
      for (const tensor of Object.values(feeds)) inputs.push(makeTensor(this.#api, tensor));
      await this.#session.run({ inputNames: Object.keys(feeds), inputs, outputs, config: this.#config });
      return new Map(outputs.map((value, index) => [outputNames[index]!, readTensor(this.#api, value!)]));
    } finally {
      for (const value of [...inputs, ...outputs]) if (value) native.value("ReleaseValue", value);
    }
  }

  release(): void {}
}

/** A session for those above the runtime interface: runs one after the other, and memory that goes after the last. */
export class CApiSession implements FfiSession {
  readonly #session: NativeSession;
  readonly #runs: Runs;
  /** Resolves when the run under way, if any, has ended: memory must not go while the runtime works in it. */
  #running: Promise<unknown> = Promise.resolve();
  #released = false;

  constructor(session: NativeSession, runs: Runs) {
    this.#session = session;
    this.#runs = runs;
  }

  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const result = this.#running.then(() => {
      if (this.#released) throw new Error("the session was released");
      return this.#runs.run(feeds);
    });
    this.#running = result.catch(() => {});
    return result;
  }

  assignments(): readonly NodeAssignment[] {
    return this.#session.assignments();
  }

  async release(): Promise<void> {
    await this.#running;
    if (this.#released) return;
    this.#released = true;
    this.#runs.release();
    this.#session.release();
  }
}
