import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

export interface LambdaFunctionOptions {
  readonly name: string;
  /** The unpacked deployment package. */
  readonly folder: string;
  readonly handler: string;
  readonly env: { readonly [name: string]: string };
  readonly timeoutMs: number;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  /** Called with the request that carries the answer, as soon as its headers are there. */
  readonly answer: (request: IncomingMessage, isError: boolean) => Promise<void>;
}

/** From the start of the process to its first request for work: what Lambda reports as init, in milliseconds. */
export interface StartTimes {
  readonly wallMs: number;
  /** Processor time. */
  readonly cpuMs: number;
}

/**
 * One function as Lambda runs it: the Runtime API on a port of the loopback, and execution environments (processes)
 * that each serve one invocation at a time, started when no other is free.
 */
export class LambdaFunction {
  readonly #options: LambdaFunctionOptions;
  readonly #environments: Environment[] = [];
  readonly starts: StartTimes[] = [];
  #invocations = 0;

  constructor(options: LambdaFunctionOptions) {
    this.#options = options;
  }

  /** The parsed answer of a function that returns. @throws Error with the function's own message */
  async invoke(event: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    await this.#dispatch(event, async (request, isError) => {
      const text = (await buffer(request)).toString("utf8");
      const body = text === "" ? undefined : JSON.parse(text);
      if (isError) reject(new Error(`${this.#options.name}: ${body?.errorMessage}\n${body?.stackTrace?.join("\n")}`));
      else resolve(body);
    });
    return promise;
  }

  /** Hands over the bytes of a function that streams, as they come. */
  async stream(event: unknown, consume: (request: IncomingMessage, isError: boolean) => Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    await this.#dispatch(event, (request, isError) => consume(request, isError).then(resolve, reject));
    return promise;
  }

  /** One execution environment more, up to where it waits for work. */
  async start(): Promise<StartTimes> {
    const environment = this.#add();
    await environment.start();
    return environment.started;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#environments.map((one) => one.stop()));
  }

  async #dispatch(event: unknown, answer: Invocation["answer"]): Promise<void> {
    let free = this.#environments.find((one) => one.isFree);
    if (free === undefined) {
      free = this.#add();
      free.isFree = false;
      await free.start();
    }
    free.serve({ id: `invocation-${++this.#invocations}`, event, answer });
  }

  #add(): Environment {
    const environment = new Environment(this.#options);
    environment.started.then(
      (times) => this.starts.push(times),
      () => {},
    );
    this.#environments.push(environment);
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
    this.#child?.kill("SIGKILL");
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #send(response: ServerResponse, invocation: Invocation): void {
    this.#current = invocation;
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
    await this.#current?.answer(request, isError);
    response.writeHead(202).end("{}");
  }
}
