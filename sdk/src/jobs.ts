import type { Job, JobFromImageRequest, JobRequest } from "./api.ts";
import { type DownloadedImage, downloadImageFile } from "./download.ts";
import { DownloadError, JobError, TimeoutError } from "./errors.ts";
import { newUuid } from "./http/new-uuid.ts";
import type { QueryOf, RequestOptions, Transport } from "./http/transport.ts";
import { type EventOptions, followJob, type JobEvent } from "./job-events.ts";
import { Pages } from "./pages.ts";

export interface CreateOptions extends RequestOptions {
  /**
   * Names this submission, so that sending it again makes no second job; 1 to 255 printable ASCII characters,
   * remembered for a day.
   * @default a new UUID, which covers the client's own retries
   */
  readonly idempotencyKey?: string;
}

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** How long to wait, in milliseconds; the job itself goes on. @default for ever */
  readonly timeoutMs?: number;
  /** Called with each event as it happens. */
  readonly onEvent?: (event: JobEvent) => void;
}

export type JobFilter = Omit<NonNullable<QueryOf<"listJobs">>, "limit" | "cursor">;

/** A job that is being submitted: a promise of its handle, on which one may also wait at once. */
export type Submission = Promise<JobHandle> & {
  /** As `JobHandle.wait`. */
  wait(options?: WaitOptions): Promise<Job>;
};

/** Resource of `/v1/jobs`. */
export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Submit a job. Safe against lost responses: every attempt has the same `Idempotency-Key`.
   * @throws ApiError naming the field that is wrong; 402 without money, 412 above `max_cost`
   */
  create(
    request: JobRequest | JobFromImageRequest,
    { idempotencyKey = newUuid(), ...options }: CreateOptions = {},
  ): Submission {
    const headers = { "idempotency-key": idempotencyKey };
    const submitted = this.#transport
      .call("createJob", { body: request, headers, repeatable: "always" }, options)
      .then((job) => new JobHandle(this.#transport, job));
    return Object.assign(submitted, {
      wait: async (waitOptions?: WaitOptions) => (await submitted).wait(waitOptions),
    });
  }

  get(id: string, options?: RequestOptions): Promise<Job> {
    return this.#transport.call("getJob", { id }, options);
  }

  /** The handle of a job made earlier; of one that is at hand, without asking for it again. */
  async handle(job: string | Job, options?: RequestOptions): Promise<JobHandle> {
    return new JobHandle(this.#transport, typeof job === "string" ? await this.get(job, options) : job);
  }

  /** Newest first. @param pageSize - 1 to 100, jobs fetched at a time */
  list(
    filter: JobFilter = {},
    { pageSize, ...options }: RequestOptions & { readonly pageSize?: number } = {},
  ): Pages<Job> {
    return new Pages((cursor) => {
      const page = {
        limit: pageSize === undefined ? undefined : String(pageSize),
        cursor,
      };
      return this.#transport.call("listJobs", { query: { ...filter, ...page } }, options);
    });
  }

  /** Cancel a job: a queued job at once, a running job before its next step. What is over stays as it is. */
  cancel(id: string, options?: RequestOptions): Promise<Job> {
    return this.#transport.call("cancelJob", { id, repeatable: "always" }, options);
  }
}

const unsuccessful: ReadonlySet<Job["status"]> = new Set(["failed", "canceled", "expired"]);

/** One job, and what can be done with it. */
export class JobHandle {
  readonly id: string;
  /** The job as this handle last read it. */
  latest: Job;
  readonly #transport: Transport;

  constructor(transport: Transport, job: Job) {
    this.id = job.id;
    this.latest = job;
    this.#transport = transport;
  }

  /** Look again, which also makes fresh result links. */
  async refresh(options?: RequestOptions): Promise<Job> {
    this.latest = await this.#transport.call("getJob", { id: this.id }, options);
    return this.latest;
  }

  /** Past and live events until the job is over. Leaving the loop early ends the wait; the job goes on. */
  async *events(options?: EventOptions): AsyncGenerator<JobEvent, void> {
    for await (const event of followJob(this.#transport, this.id, options)) {
      if (event.type === "done" || event.type === "error") this.latest = event.job;
      yield event;
    }
  }

  /**
   * The job with its images, once it has succeeded.
   * @throws JobError when it ended otherwise; TimeoutError after `timeoutMs`
   */
  async wait({ signal, timeoutMs, onEvent }: WaitOptions = {}): Promise<Job> {
    if (this.latest.status !== "succeeded" && !unsuccessful.has(this.latest.status)) {
      const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
      const signals = [signal, timeout].filter((each) => each !== undefined);
      const options = signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
      try {
        for await (const event of this.events(options)) onEvent?.(event);
        if (this.latest.status === "queued" || this.latest.status === "running") await this.refresh(options);
      } catch (error) {
        if (timeout === undefined || error !== timeout.reason) throw error;
        throw new TimeoutError(`job ${this.id} was not over after ${timeoutMs} ms; it goes on`, { cause: error });
      }
    }
    if (this.latest.status !== "succeeded") throw new JobError(this.latest);
    return this.latest;
  }

  async cancel(options?: RequestOptions): Promise<Job> {
    this.latest = await this.#transport.call("cancelJob", { id: this.id, repeatable: "always" }, options);
    return this.latest;
  }

  /** The job's images in order, each checked against its digest. Waits for nothing: a job that is not over has none. */
  async download(options?: RequestOptions): Promise<DownloadedImage[]> {
    const downloaded: DownloadedImage[] = [];
    // One after another: several large files at once arrive no sooner.
    for (const { index } of this.latest.images) downloaded.push(await this.downloadImage(index, options));
    return downloaded;
  }

  /** @param index - of the image within the job, from 0 */
  async downloadImage(index: number, options?: RequestOptions): Promise<DownloadedImage> {
    const find = () => {
      const found = this.latest.images.find((image) => image.index === index);
      if (found === undefined)
        throw new DownloadError(`job ${this.id} has no image ${index}; it is ${this.latest.status}`);
      return found;
    };
    const renew = async () => {
      await this.refresh(options);
      return find();
    };
    return downloadImageFile(this.#transport, find(), renew, options);
  }
}
