import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type LambdaAccount, LambdaThrottled } from "./lambda-account.ts";

export interface LambdaFunctionOptions {
  readonly name: string;
  /** The unpacked deployment package. */
  readonly folder: string;
  readonly handler: string;
  readonly env: { readonly [name: string]: string };
  /** An invocation that lasts longer is cut off. */
  readonly timeoutMs: number;
  /** Whose concurrency it uses. @default one without a limit */
  readonly account?: LambdaAccount;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  /** Called with the request that carries the answer, as soon as its headers are there. */
  readonly answer: (request: IncomingMessage, isError: boolean) => Promise<void>;
  /** Called where there will be no answer, or no more of it. */
  readonly fail: (error: Error) => void;
  /** Called when the environment is free again, or gone. */
  readonly over: () => void;
}

/** From the start of the process to its first request for work: what Lambda reports as init, in milliseconds. */
export interface StartTimes {
  readonly wallMs: number;
  /** Processor time. */
  readonly cpuMs: number;
}

/** As EventBridge's events wait for a function that is throttled: 1 s, 2 s, 4 s, and so on. */
const firstRetryMs = 1_000;

/**
 * One function as Lambda runs it: the Runtime API on a port of the loopback, and execution environments (processes)
 * that each serve one invocation at a time, started when no other is free, as far as the account's concurrency goes. An
 * invocation that reaches the function's timeout ends with its process, wherever it is: a response that streams ends in
 * the middle.
 */
export class LambdaFunction {
  readonly #options: LambdaFunctionOptions;
  readonly #environments = new Set<Environment>();
  readonly starts: StartTimes[] = [];
  /** Invocations that count as errors: the function failed, or was cut off. */
  errors = 0;
  #invocations = 0;

  constructor(options: LambdaFunctionOptions) {
    this.#options = options;
  }

  /**
   * The parsed answer of a function that returns.
   * @throws Error with the function's own message; LambdaThrottled
   */
  async invoke(event: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answer = async (request: IncomingMessage, isError: boolean) => {
      const text = (await buffer(request)).toString("utf8");
      const body = text === "" ? undefined : JSON.parse(text);
      if (isError) reject(new Error(`${this.#options.name}: ${body?.errorMessage}\n${body?.stackTrace?.join("\n")}`));
      else resolve(body);
    };
    await this.#dispatch(event, answer, reject);
    return promise;
  }

  /**
   * As `invoke`, of an event that waits while the function is throttled, up to its maximum age.
   * @throws LambdaThrottled when it is dropped
   */
  async invokeWhenFree(event: unknown, maxAgeMs: number): Promise<unknown> {
    const until = performance.now() + maxAgeMs;
    for (let wait = firstRetryMs; ; wait *= 2) {
      try {
        return await this.invoke(event);
      } catch (error) {
        if (!(error instanceof LambdaThrottled) || performance.now() + wait > until) throw error;
        await sleep(wait);
      }
    }
  }

  /**
   * Hands over the bytes of a function that streams, as they come.
   * @throws Error when the invocation is cut off; LambdaThrottled
   */
  async stream(event: unknown, consume: (request: IncomingMessage, isError: boolean) => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    await this.#dispatch(event, (request, isError) => consume(request, isError).then(resolve, reject), reject);
    return promise;
  }

  /** One execution environment more, up to where it waits for work. */
  async start(): Promise<StartTimes> {
    const environment = this.#add();
    await environment.start();
    return environment.started;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#environments].map((one) => one.stop()));
  }

  async #dispatch(event: unknown, answer: Invocation["answer"], fail: Invocation["fail"]): Promise<void> {
    const release = this.#options.account?.take(this.#options.name);
    let free = [...this.#environments].find((one) => one.isFree);
    try {
      if (free === undefined) {
        free = this.#add();
        free.isFree = false;
        await free.start();
      }
    } catch (error) {
      release?.();
      throw error;
    }
    const environment = free;
    environment.serve({
      id: `invocation-${++this.#invocations}`,
      event,
      answer: async (request, isError) => {
        if (isError) this.errors += 1;
        await answer(request, isError);
      },
      fail: (error) => {
        this.errors += 1;
        this.#environments.delete(environment);
        fail(error);
      },
      over: () => release?.(),
    });
  }

  #add(): Environment {
    const environment = new Environment(this.#options);
    environment.started.then(
      (times) => this.starts.push(times),
      () => {},
    );
    this.#environments.add(environment);
    return environment;
  }
}

/** One execution environment. */
class Environment {
  isFree = true;
  readonly #options: LambdaFunctionOptions;
  readonly #started = Promise.withResolvers<StartTimes>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #waiting: ServerResponse | undefined;
  #next: Invocation | undefined;
  #current: Invocation | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LambdaFunctionOptions) {
    this.#options = options;
  }

  /** Rejects when the module could not be loaded. */
  get started(): Promise<StartTimes> {
    return this.#started.promise;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const { port } = this.#server.address() as AddressInfo;
    const { folder, handler, env, name } = this.#options;
    this.#startedAt = performance.now();
    this.#child = spawn(process.execPath, [join(import.meta.dirname, "lambda-bootstrap.cjs")], {
      env: {
        ...env,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: handler,
      },
      stdio: ["ignore", process.env.CLOUD_TEST_LOGS ? "inherit" : "ignore", "inherit"],
    });
  }

  serve(invocation: Invocation): void {
    this.isFree = false;
    if (this.#waiting === undefined) {
      this.#next = invocation;
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#send(waiting, invocation);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The time is up: the process ends, and with it the connection over which its answer came. */
  async #cutOff(invocation: Invocation): Promise<void> {
    const seconds = (this.#options.timeoutMs / 1_000).toFixed(2);
    this.#current = undefined;
    await this.stop();
    invocation.fail(new Error(`${this.#options.name}: Task timed out after ${seconds} seconds`));
    invocation.over();
  }

  #send(response: ServerResponse, invocation: Invocation): void {
    this.#current = invocation;
    this.#timer = setTimeout(() => void this.#cutOff(invocation), this.#options.timeoutMs);
    response
      .writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.id,
        "lambda-runtime-deadline-ms": String(Date.now() + this.#options.timeoutMs),
      })
      .end(JSON.stringify(invocation.event));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace("/2018-06-01/runtime/", "");
    if (path === "invocation/next") {
      clearTimeout(this.#timer);
      this.#current?.over();
      this.#current = undefined;
      const cpuMs = Number(request.headers["x-start-cpu-ms"]);
      this.#started.resolve({ wallMs: performance.now() - this.#startedAt, cpuMs });
      const next = this.#next;
      this.#next = undefined;
      if (next !== undefined) return this.#send(response, next);
      this.#waiting = response;
      this.isFree = true;
      return;
    }
    if (path === "init/error") {
      const error = new Error(`${this.#options.name} did not start: ${(await buffer(request)).toString("utf8")}`);
      process.stderr.write(`${error.message}\n`);
      this.#started.reject(error);
      response.writeHead(202).end();
      return;
    }
    const isError = path.endsWith("/error");
    // What was cut off has failed already.
    await this.#current?.answer(request, isError).catch(() => {});
    response.writeHead(202).end("{}");
  }
}
