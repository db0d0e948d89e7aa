import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import type { Job, JobImage } from "../../../shared/job.ts";
import type { MemoryReservation } from "../../../shared/process/memory-budget.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { streamBody, type WriteText } from "../http/stream-body.ts";
import { forgetDelivered } from "./forget-delivered.ts";
import type { JobResource } from "./job-responses.ts";

type Drawn = Pick<Job, "id" | "accountId" | "unstored"> & { readonly images: readonly Pick<JobImage, "key">[] };

/** Read at once; a multiple of three, which base64 has no remainder of. */
const pieceBytes = 3 * 131_072;
/** What is held for each byte of a piece: the byte, its text, that as bytes, and those in the socket. */
const heldPerByte = 4;

export interface InlineFilesOptions {
  /** A job with `store: false` is forgotten when all its results were written. */
  readonly dependencies: Pick<RouteDependencies, "jobs" | "items" | "objects" | "budget" | "log">;
  /** Keys of other objects of the job's account, whose texts follow those of its results. */
  readonly beside?: readonly string[] | undefined;
  /** Changes the first piece of a result, which has its first bytes. @default as it is stored */
  readonly change?: ((first: Uint8Array, index: number) => Uint8Array) | undefined;
}

/**
 * Result files of a job in a response, as base64. Its JSON is made with `texts` in their place; the files are read
 * while the response is written, a piece at a time and no faster than the client takes it, so that what a response
 * holds does not grow with its images. It is counted in the memory budget.
 */
export class InlineFiles {
  /** Stand for the base64 of each file, in order. No request can know them. */
  readonly texts: readonly string[];
  readonly #job: Drawn;
  readonly #options: InlineFilesOptions;
  readonly #keys: readonly string[];
  readonly #mark = randomUUID();
  /** Numbers of the results that were written whole. */
  readonly #written = new Set<number>();
  #room: MemoryReservation | undefined;

  constructor(job: Drawn, options: InlineFilesOptions) {
    this.#job = job;
    this.#options = options;
    this.#keys = [...job.images.map(({ key }) => key), ...(options.beside ?? [])];
    this.texts = this.#keys.map((_, index) => `${this.#mark}:${index};`);
  }

  isIn(text: string): boolean {
    return text.includes(this.#mark);
  }

  /**
   * Makes sure that the files of a text are there, and that there is memory to read them: before anything is sent.
   * @throws LimitError `service_busy`
   */
  async open(text: string): Promise<void> {
    const { objects, budget } = this.#options.dependencies;
    if (!this.isIn(text) || this.#room !== undefined) return;
    for (const [index, key] of this.#keys.entries()) {
      const isUsed = text.includes(this.texts[index]!);
      if (isUsed && (await objects.head(key)) === undefined) throw this.#missing(key);
    }
    this.#room = budget.memory.open(this.#job.accountId);
    await this.#room.grow(heldPerByte * pieceBytes);
  }

  /** Writes a text with the files in their places. */
  async write(text: string, write: WriteText, signal: AbortSignal): Promise<void> {
    await this.open(text);
    try {
      for await (const piece of this.pieces(text)) {
        if (signal.aborted) return;
        await write(piece);
      }
      if (!signal.aborted && this.isIn(text)) await this.#delivered();
    } finally {
      this.#room?.close();
      this.#room = undefined;
    }
  }

  async #delivered(): Promise<void> {
    const { images } = this.#job;
    if (images.length > 0 && images.every((_, index) => this.#written.has(index))) {
      await forgetDelivered(this.#job, this.#options.dependencies);
    }
  }

  async *pieces(text: string): AsyncGenerator<string, void> {
    const [before = "", ...rest] = text.split(`${this.#mark}:`);
    yield before;
    for (const part of rest) {
      const end = part.indexOf(";");
      yield* this.#base64(Number(part.slice(0, end)));
      yield part.slice(end + 1);
    }
  }

  async *#base64(index: number): AsyncGenerator<string, void> {
    const { change, dependencies } = this.#options;
    const key = this.#keys[index]!;
    const isResult = index < this.#job.images.length;
    let left: Uint8Array = new Uint8Array(0);
    for (let start = 0, size = 1; start < size; start += pieceBytes) {
      const part = await dependencies.objects.getRange(key, start, start + pieceBytes - 1);
      if (part === undefined) throw this.#missing(key);
      size = part.bytes;
      const piece = start === 0 && isResult && change !== undefined ? change(part.body, index) : part.body;
      const bytes = left.length === 0 ? Buffer.from(piece) : Buffer.concat([left, piece]);
      const whole = start + pieceBytes >= size ? bytes.length : bytes.length - (bytes.length % 3);
      yield bytes.toString("base64", 0, whole);
      left = bytes.subarray(whole);
    }
    if (isResult) this.#written.add(index);
  }

  #missing(key: string): Error {
    return new Error(`job ${this.#job.id} has succeeded but its object ${key} is missing`);
  }
}

/** Adds the files as base64 beside their links, for jobs that asked for it. @param texts - of `InlineFiles` */
export function withBase64(resource: JobResource, job: Job, texts: readonly string[]): JobResource {
  if (job.response !== "b64") return resource;
  return { ...resource, images: resource.images.map((image, i) => ({ ...image, b64: texts[i]! })) };
}

/**
 * A response of JSON with result files in it.
 * @param make - its value, with a text in the place of each file
 * @throws Error when a file is missing; LimitError `service_busy`
 */
export async function jsonWithFiles(
  c: Context<ApiEnv>,
  {
    job,
    make,
    status = 200,
    change,
    beside,
  }: Pick<InlineFilesOptions, "beside" | "change"> & {
    readonly job: Drawn;
    readonly make: (texts: readonly string[]) => unknown;
    readonly status?: 200 | 201 | 202;
  },
  dependencies: InlineFilesOptions["dependencies"],
): Promise<Response> {
  const files = new InlineFiles(job, { dependencies, change, beside });
  const json = JSON.stringify(await make(files.texts));
  const headers = { "Content-Type": "application/json" };
  if (!files.isIn(json)) return c.body(json, status, headers);
  await files.open(json);
  const body = streamBody(
    (write, signal) => files.write(json, write, signal),
    (error) => dependencies.log("warn", "response cut off", { jobId: job.id, error: String(error) }),
  );
  return c.body(body, status, headers);
}
