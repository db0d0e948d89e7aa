import { Worker } from "node:worker_threads";
import { CanceledError, PipelineError } from "../../shared/errors.ts";
import type { Engine, EngineEvent, EngineSetup, GenerateParams, ModelInfo } from "../engine.ts";
import {
  type EngineReply,
  type EngineRequest,
  type EngineThreadData,
  fromErrorRecord,
  type LoadEngineOptions,
  toErrorRecord,
} from "./engine-protocol.ts";

/**
 * Load a checkpoint in a thread of its own.
 * @throws InvalidFileError when the checkpoint is incomplete or damaged
 * @throws PipelineError `out_of_memory` when it does not fit
 */
export async function loadEngine(options: LoadEngineOptions): Promise<Engine> {
  const thread = new EngineThread(options);
  const reply = await thread.next();
  if (reply.type === "loaded") return new ThreadEngine(reply.model, reply.setup, thread);
  await thread.exited;
  throw reply.type === "failed" ? fromErrorRecord(reply.error) : new Error(`unexpected first reply ${reply.type}`);
}

class ThreadEngine implements Engine {
  readonly model: ModelInfo;
  readonly setup: EngineSetup;
  readonly #thread: EngineThread;
  /** Resolves when every image asked for so far has ended. */
  #tail: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(model: ModelInfo, setup: EngineSetup, thread: EngineThread) {
    this.model = model;
    this.setup = setup;
    this.#thread = thread;
  }

  async *generate(params: GenerateParams, options: { signal?: AbortSignal } = {}): AsyncGenerator<EngineEvent, void> {
    const turn = this.#tail;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#tail = turn.then(() => ended);
    try {
      await turn;
      yield* this.#generateInTurn(params, options.signal);
    } finally {
      end();
    }
  }

  async *#generateInTurn(params: GenerateParams, signal?: AbortSignal): AsyncGenerator<EngineEvent, void> {
    if (this.#closing) throw engineClosed();
    if (signal?.aborted) throw new CanceledError();
    const cancel = () => this.#thread.cancel();
    this.#thread.start(params);
    signal?.addEventListener("abort", cancel, { once: true });
    let reply: EngineReply | undefined;
    try {
      while ((reply = await this.#thread.next()).type === "event") yield reply.event;
    } finally {
      signal?.removeEventListener("abort", cancel);
      if (reply?.type === "event") {
        // The caller left early: the thread must be idle before the next image.
        cancel();
        while ((await this.#thread.next()).type === "event");
      }
    }
    if (reply.type === "failed") {
      const error = fromErrorRecord(reply.error);
      throw error instanceof CanceledError && !signal?.aborted ? engineClosed() : error;
    }
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      await this.#thread.close();
    }
    await this.#thread.exited;
  }
}

function engineClosed(): PipelineError {
  return new PipelineError("engine_closed", "the engine was closed before the image was done", { retryable: true });
}

/**
 * The thread and its messages in order. Never terminated from outside: onnxruntime aborts the whole process when its
 * thread goes away during a run.
 */
class EngineThread {
  /** Resolves when the thread has ended. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;
  readonly #cancelFlag = new SharedArrayBuffer(4);
  readonly #replies: EngineReply[] = [];
  #wake: (() => void) | undefined;
  /** Why no more replies will come. */
  #stopped: EngineReply | undefined;
  /** Resolves when the running image has ended inside the thread, whether or not anyone reads its events. */
  #idle = Promise.withResolvers<void>();

  constructor(options: LoadEngineOptions) {
    const workerData: EngineThreadData = { ...options, cancelFlag: this.#cancelFlag };
    this.#worker = new Worker(new URL("./engine-thread.ts", import.meta.url), { workerData, name: "engine" });
    this.#worker.on("message", (reply: EngineReply) => {
      if (reply.type !== "event") this.#idle.resolve();
      this.#replies.push(reply);
      this.#wake?.();
    });
    this.exited = new Promise((resolve) => {
      const stop = (error: unknown) => {
        this.#stopped ??= { type: "failed", error: toErrorRecord(error) };
        this.#idle.resolve();
        this.#wake?.();
      };
      this.#worker.on("error", stop);
      this.#worker.on("exit", (code) => {
        stop(new PipelineError("engine_stopped", `the engine's thread ended with code ${code}`, { retryable: true }));
        resolve();
      });
    });
  }

  /** Begin an image. Only after the one before has ended. */
  start(params: GenerateParams): void {
    Atomics.store(new Int32Array(this.#cancelFlag), 0, 0);
    this.#idle = Promise.withResolvers<void>();
    if (this.#stopped) this.#idle.resolve();
    this.#send({ type: "generate", params });
  }

  /** Stop the running image: its runtime looks at the flag between two operators, or between two runs. */
  cancel(): void {
    Atomics.store(new Int32Array(this.#cancelFlag), 0, 1);
  }

  /** The next reply, or for ever the reason once the thread has ended. */
  async next(): Promise<EngineReply> {
    for (;;) {
      const reply = this.#replies.shift() ?? this.#stopped;
      if (reply) return reply;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#idle.promise;
    this.#send({ type: "close" });
  }

  #send(request: EngineRequest): void {
    this.#worker.postMessage(request);
  }
}
