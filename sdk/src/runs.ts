import type { Run, RunReport, RunRequest } from "./api.ts";
import { fetchBytes, sha256Hex } from "./download.ts";
import { DownloadError, TimeoutError } from "./errors.ts";
import { newUuid } from "./http/new-uuid.ts";
import { sleep } from "./http/sleep.ts";
import type { BodyOf, QueryOf, RequestOptions, ResponseOf, Transport } from "./http/transport.ts";

export interface CreateRunOptions extends RequestOptions {
  /** Names this run, so that sending it again makes no second one. @default a new UUID */
  readonly idempotencyKey?: string;
}

/** A line of a manifest: one file, or an image of a product without a file. */
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

export interface ResumeOptions extends RequestOptions {
  /** Micro-units that the run may cost from now on; `null` without limit. @default as it was */
  readonly maxCost?: number | null;
}

export interface StartOptions extends ResumeOptions {
  readonly acceptWarnings?: boolean;
}

export interface WaitForRunOptions {
  readonly signal?: AbortSignal;
  /** How long to wait, in milliseconds; the run itself goes on. @default forever */
  readonly timeoutMs?: number;
  /** Called with each state that is seen. */
  readonly onProgress?: (run: Run) => void;
}

/** Statuses that do not change by themselves. */
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

  /** Deletes a run that is over, with its table and its files; what it drew stays under its run key. */
  delete(id: string, options?: RequestOptions): Promise<ResponseOf<"deleteRun">> {
    return this.#transport.call("deleteRun", { id, repeatable: "always" }, options);
  }

  /** Deletes all that was drawn under a run key, its public addresses and its runs, in as many calls as that takes. */
  async deleteKey(runKey: string, options?: RequestOptions): Promise<void> {
    for (;;) {
      const { deleted } = await this.#transport.call("deleteRunKey", { id: runKey, repeatable: "always" }, options);
      if (deleted) return;
    }
  }

  /** Ready-made shots. */
  presets(options?: RequestOptions): Promise<ResponseOf<"listPresets">["data"]> {
    return this.#transport.call("listPresets", {}, options).then(({ data }) => data);
  }

  /** What is remembered under a run key. */
  key(runKey: string, options?: RequestOptions): Promise<ResponseOf<"getRunKey">> {
    return this.#transport.call("getRunKey", { id: runKey }, options);
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
  start(id: string, { acceptWarnings, maxCost, ...options }: StartOptions = {}): Promise<Run> {
    const body = { accept_warnings: acceptWarnings ?? false, max_cost: maxCost };
    return this.#transport.call("startRun", { id, body, repeatable: "always" }, options);
  }

  pause(id: string, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("pauseRun", { id, repeatable: "always" }, options);
  }

  resume(id: string, { maxCost, ...options }: ResumeOptions = {}): Promise<Run> {
    return this.#transport.call("resumeRun", { id, body: { max_cost: maxCost }, repeatable: "always" }, options);
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

  /** How its file is to be read and what is to be drawn, as `create` and `changeMapping` take it. */
  mapping(id: string, options?: RequestOptions): Promise<ResponseOf<"getRunMapping">> {
    return this.#transport.call("getRunMapping", { id }, options);
  }

  /** Reads the file again, with other columns, another header or other shots, before the run begins. */
  changeMapping(id: string, changes: BodyOf<"changeRunMapping">, options?: RequestOptions): Promise<Run> {
    return this.#transport.call("changeRunMapping", { id, body: changes }, options);
  }

  /** The prompts of some products, of the run's own shots or of others; nothing is drawn. */
  preview(id: string, wishes: BodyOf<"previewRun"> = {}, options?: RequestOptions): Promise<ResponseOf<"previewRun">> {
    return this.#transport.call("previewRun", { id, body: wishes, repeatable: "always" }, options);
  }

  /** A page of what has become of each image, in the order of the file. */
  rows(id: string, query: QueryOf<"listRunRows"> = {}, options?: RequestOptions): Promise<ResponseOf<"listRunRows">> {
    return this.#transport.call("listRunRows", { id, query }, options);
  }

  /** What failed, by reason, the most frequent first. */
  failures(id: string, options?: RequestOptions): Promise<ResponseOf<"listRunFailures">> {
    return this.#transport.call("listRunFailures", { id }, options);
  }

  /** A page of the images in the order in which they should be looked at, the riskiest first. */
  reviewList(
    id: string,
    query: QueryOf<"listRunReview"> = {},
    options?: RequestOptions,
  ): Promise<ResponseOf<"listRunReview">> {
    return this.#transport.call("listRunReview", { id, query }, options);
  }

  /** Approves images, or rejects them; with `regenerate` what is rejected is drawn again, as new jobs. */
  review(id: string, decision: BodyOf<"reviewRun">, options?: RequestOptions): Promise<ResponseOf<"reviewRun">> {
    return this.#transport.call("reviewRun", { id, body: decision }, options);
  }

  /** Draws once more what failed while it was drawn. */
  retry(id: string, wishes: BodyOf<"retryRun"> = {}, options?: RequestOptions): Promise<ResponseOf<"retryRun">> {
    return this.#transport.call("retryRun", { id, body: wishes }, options);
  }

  /** Gives the run's images permanent public addresses, all of them in as many calls as that takes. */
  async publish(
    id: string,
    wishes: BodyOf<"publishRun"> = {},
    options?: RequestOptions,
  ): Promise<ResponseOf<"publishRun">> {
    let sum: ResponseOf<"publishRun"> | undefined;
    let cursor: string | undefined;
    do {
      const body = { ...wishes, cursor };
      const part = await this.#transport.call("publishRun", { id, body, repeatable: "always" }, options);
      sum =
        sum === undefined
          ? part
          : {
              ...part,
              published: sum.published + part.published,
              already: sum.already + part.already,
              held: sum.held + part.held,
            };
      cursor = part.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return sum;
  }

  /** Takes public addresses back. */
  unpublish(
    id: string,
    wishes: BodyOf<"unpublishRun"> = {},
    options?: RequestOptions,
  ): Promise<ResponseOf<"unpublishRun">> {
    return this.#transport.call("unpublishRun", { id, body: wishes, repeatable: "always" }, options);
  }

  /** Files that a shop imports, of the published images that it has not been given yet. */
  export(id: string, wishes: BodyOf<"exportRun">, options?: RequestOptions): Promise<ResponseOf<"exportRun">> {
    return this.#transport.call("exportRun", { id, body: wishes }, options);
  }

  /** The bytes of a link that a response has given out. @throws DownloadError */
  fetch(url: string, options: RequestOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return fetchBytes(this.#transport, url, options);
  }

  /** The manifest as a file: a table for spreadsheets, a workbook, or your own table with columns added. */
  manifestFile(id: string, form: "csv" | "xlsx" | "input", options?: RequestOptions): Promise<Uint8Array<ArrayBuffer>> {
    const read = async (response: Response) => new Uint8Array(await response.arrayBuffer());
    const operation = ({ csv: "getRunManifestCsv", xlsx: "getRunManifestXlsx", input: "getRunInput" } as const)[form];
    return this.#transport.callRaw(operation, { id }, read, options);
  }

  /**
   * A contact sheet of 48 images, as a page that needs no server.
   * @param number - from 1
   * @throws ApiError with status 404 behind the last
   */
  sheet(id: string, number: number, options?: RequestOptions): Promise<string> {
    const url = this.#transport.url(`/v1/runs/${encodeURIComponent(id)}/sheets/${number}`);
    return this.#transport.send({ method: "GET", url, repeatable: "always" }, (response) => response.text(), options);
  }

  /**
   * An archive of its files, a thousand or a gigabyte of them.
   * @param number - from 1
   * @throws ApiError with status 404 behind the last
   */
  archive(id: string, number: number, options?: RequestOptions): Promise<Blob> {
    const url = this.#transport.url(`/v1/runs/${encodeURIComponent(id)}/archives/${number}`);
    return this.#transport.send({ method: "GET", url, repeatable: "always" }, (response) => response.blob(), options);
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
