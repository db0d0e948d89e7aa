import type { Run, RunReport, RunRequest } from "./api.ts";
import { fetchBytes, sha256Hex } from "./download.ts";
import { DownloadError, TimeoutError } from "./errors.ts";
import { newUuid } from "./http/new-uuid.ts";
import { sleep } from "./http/sleep.ts";
import type { QueryOf, RequestOptions, ResponseOf, Transport } from "./http/transport.ts";

export interface CreateRunOptions extends RequestOptions {
  /** Names this run, so that sending it again makes no second one. @default a new UUID */
  readonly idempotencyKey?: string;
}

/** A line of a manifest: one file, or a product's image that there is no file of. */
export interface ManifestLine {
  readonly line: number;
  readonly sku: string;
  readonly shot: string;
  readonly status: "drawn" | "unchanged" | "failed" | "skipped" | "waiting";
  readonly error_code: string | null;
  readonly error: string | null;
  /** Name of the file; `null` where there is none. */
  readonly file: string | null;
  readonly url: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
}

export interface StartOptions extends RequestOptions {
  readonly acceptWarnings?: boolean;
}

export interface WaitForRunOptions {
  readonly signal?: AbortSignal;
  /** How long to wait, in milliseconds; the run itself goes on. @default for ever */
  readonly timeoutMs?: number;
  /** Called with each state that is seen. */
  readonly onProgress?: (run: Run) => void;
}

/** Nothing happens to runs in these by itself. */
const still: ReadonlySet<Run["status"]> = new Set(["ready", "paused", "completed", "failed", "expired", "canceled"]);
const firstPollMs = 250;
const lastPollMs = 5_000;

/** Resource of `/v1/runs`: images of every product of a table. */
export class Runs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(request: RunRequest, { idempotencyKey = newUuid(), ...options }: CreateRunOptions = {}): Promise<Run> {
    const headers = { "idempotency-key": idempotencyKey };
    return this.#transport.call("createRun", { body: request, headers, repeatable: "always" }, options);
  }

  get(id: string, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("getRun", { id }, options);
  }

  /** A page, newest first; `after` is the id of the last run of the page before. */
  list(query: QueryOf<"listRuns"> = {}, options?: RequestOptions): Promise<ResponseOf<"listRuns">> {
    return this.#transport.call("listRuns", { query }, options);
  }

  /** What was found in its file. */
  report(id: string, options?: RequestOptions): Promise<RunReport> {
    return this.#transport.call("getRunReport", { id }, options);
  }

  /** @param options.acceptWarnings - begin though many rows do not fit the header */
  start(id: string, { acceptWarnings, ...options }: StartOptions = {}): Promise<Run> {
    const body = { accept_warnings: acceptWarnings ?? false };
    return this.#transport.call("startRun", { id, body, repeatable: "always" }, options);
  }

  pause(id: string, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("pauseRun", { id, repeatable: "always" }, options);
  }

  resume(id: string, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("resumeRun", { id, repeatable: "always" }, options);
  }

  cancel(id: string, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("cancelRun", { id, repeatable: "always" }, options);
  }

  /**
   * The run once it is ready, paused or over.
   * @throws TimeoutError; the reason of `signal`
   */
  async wait(id: string, { signal, timeoutMs = Number.POSITIVE_INFINITY, onProgress }: WaitForRunOptions = {}) {
    const until = Date.now() + timeoutMs;
    for (let pollMs = firstPollMs; ; pollMs = Math.min(2 * pollMs, lastPollMs)) {
      const run = await this.get(id, { signal });
      onProgress?.(run);
      if (still.has(run.status)) return run;
      if (Date.now() + pollMs > until) throw new TimeoutError(`run ${id} is ${run.status} after ${timeoutMs} ms`);
      await sleep(pollMs, signal);
    }
  }

  /** The whole manifest. */
  async manifest(id: string, options?: RequestOptions): Promise<ManifestLine[]> {
    const text = await this.#transport.callRaw("getRunManifest", { id }, (response) => response.text(), options);
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as ManifestLine]));
  }

  /** The manifest as a table for spreadsheets. */
  manifestCsv(id: string, options?: RequestOptions): Promise<Uint8Array<ArrayBuffer>> {
    const read = async (response: Response) => new Uint8Array(await response.arrayBuffer());
    return this.#transport.callRaw("getRunManifestCsv", { id }, read, options);
  }

  /**
   * The file of a line that has one.
   * @throws DownloadError when what arrives is not what the manifest says
   */
  async download({ file, url, sha256 }: ManifestLine, options: RequestOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    if (file === null || url === null) throw new DownloadError("this line of the manifest has no file");
    const bytes = await fetchBytes(this.#transport, url, options);
    const actual = await sha256Hex(bytes);
    if (actual !== sha256) throw new DownloadError(`${file} arrived damaged: SHA-256 ${actual}, expected ${sha256}`);
    return bytes;
  }
}
