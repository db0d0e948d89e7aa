// Made from the OpenAPI document by `npm run generate:sdk`; do not edit.

export type QuoteRequest =
  | JobRequest
  | {
      /**
       * @minItems 1
       * @maxItems 10000
       */
      jobs: JobRequest[];
    };

/**
 * What each operation takes and gives.
 */
export interface Operations {
  /**
   * Submit a job.
   */
  createJob: {
    body: JobRequest;
    response: Job;
  };
  /**
   * The account's jobs, newest first.
   */
  listJobs: {
    query: {
      status?: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
      /**
       * ISO 8601 with a zone; only jobs created later.
       */
      created_after?: string;
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
      /**
       * `metadata[key]=value`; several must all match.
       */
      metadata?: {
        [k: string]: string;
      };
    };
    response: JobList;
  };
  /**
   * One job, with fresh result links.
   */
  getJob: {
    response: Job;
  };
  /**
   * Stop a job: a waiting one at once, a running one at its next step.
   */
  cancelJob: {
    response: Job;
  };
  /**
   * The job's history as server-sent events, until it ends.
   */
  followJob: {
    query: {
      /**
       * Small JPEG of the picture so far with each step: a link, a data: URL, or nothing. Default url.
       */
      preview?: "none" | "url" | "inline";
    };
  };
  /**
   * Send a file, to be named in requests by its id.
   */
  uploadFile: {
    response: UploadedFile;
  };
  /**
   * The account's files, newest first.
   */
  listFiles: {
    query: {
      /**
       * Default 100.
       */
      limit?: number;
      /**
       * Id of the last file of the page before.
       */
      after?: string;
    };
    response: FileList;
  };
  /**
   * What is known of a file that was sent.
   */
  getUploadedFile: {
    response: UploadedFile | ReplicateFile;
  };
  /**
   * Delete a file. Jobs that named it keep what they have of it.
   */
  deleteFile: {
    response: DeletedFile;
  };
  /**
   * A stored picture by its link, or a file that was sent by its id.
   */
  getFile: {
    query: {
      /**
       * Part of the link.
       */
      exp?: string;
      /**
       * Part of the link.
       */
      sig?: string;
    };
  };
  /**
   * Be told of everything that happens in the account.
   */
  createWebhookEndpoint: {
    body: WebhookEndpointRequest;
    response: WebhookEndpoint;
  };
  /**
   * The account's endpoints.
   */
  listWebhookEndpoints: {
    response: WebhookEndpointList;
  };
  /**
   * One endpoint.
   */
  getWebhookEndpoint: {
    response: WebhookEndpoint;
  };
  /**
   * Change an endpoint, or switch it on or off.
   */
  updateWebhookEndpoint: {
    body: WebhookEndpointChange;
    response: WebhookEndpoint;
  };
  /**
   * Delete an endpoint; messages not yet sent to it are dropped.
   */
  deleteWebhookEndpoint: {};
  /**
   * Make a new secret; the old one signs as well for 24 hours.
   */
  rotateWebhookSecret: {
    response: WebhookEndpoint;
  };
  /**
   * Send a message of type webhook.test.
   */
  testWebhookEndpoint: {
    response: WebhookDelivery;
  };
  /**
   * What was sent to an endpoint, and what it answered.
   */
  listDeliveries: {
    query: {
      status?: "pending" | "sending" | "delivered" | "failed" | "disabled" | "skipped";
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
    };
    response: WebhookDeliveryList;
  };
  /**
   * Send again what was made since a time.
   */
  replayWebhookEndpoint: {
    body: WebhookReplayRequest;
    response: WebhookReplay;
  };
  /**
   * One message, and what came of it.
   */
  getDelivery: {
    response: WebhookDelivery;
  };
  /**
   * Send a message again, under the same webhook-id.
   */
  redeliver: {
    response: WebhookDelivery;
  };
  /**
   * What a job, or a batch of jobs, will be charged.
   */
  createQuote: {
    body: QuoteRequest;
    response: Quote;
  };
  /**
   * What was charged, by day, key, model or label.
   */
  getUsage: {
    query: {
      /**
       * day (UTC, of the job's end), key, model or metadata.NAME. Default day.
       */
      group_by?: string;
      /**
       * Inclusive. Default 30 days before to.
       */
      from?: string;
      /**
       * Exclusive. Default now.
       */
      to?: string;
    };
    response: Usage;
  };
  /**
   * The same as a table.
   */
  getUsageCsv: {
    query: {
      /**
       * day (UTC, of the job's end), key, model or metadata.NAME. Default day.
       */
      group_by?: string;
      /**
       * Inclusive. Default 30 days before to.
       */
      from?: string;
      /**
       * Exclusive. Default now.
       */
      to?: string;
    };
  };
  /**
   * What may be spent, and what is held for open jobs.
   */
  getBalance: {
    response: Balance;
  };
  /**
   * The account's keys, without their values.
   */
  listKeys: {
    response: KeyList;
  };
  /**
   * A new key.
   */
  createKey: {
    body: KeyRequest;
    response: Key;
  };
  /**
   * One key.
   */
  getKey: {
    response: Key;
  };
  /**
   * Another name, or other limits.
   */
  changeKey: {
    body: KeyChange;
    response: Key;
  };
  /**
   * The key opens nothing any more.
   */
  revokeKey: {
    response: Key;
  };
  /**
   * A new value; the old one works on for a while.
   */
  rotateKey: {
    body: KeyRotation;
    response: Key;
  };
  /**
   * All accounts. For the operator (scope accounts:admin), as are those below.
   */
  listAccounts: {
    response: AccountList;
  };
  /**
   * A new account, without credit and without keys.
   */
  createAccount: {
    body: AccountRequest;
    response: Account;
  };
  /**
   * One account with its balance.
   */
  getAccount: {
    response: Account;
  };
  /**
   * Other terms.
   */
  changeAccount: {
    body: AccountChange;
    response: Account;
  };
  /**
   * Adds to the balance; a reference counts once.
   */
  creditAccount: {
    body: CreditRequest;
    response: Account;
  };
  /**
   * A key of the account.
   */
  createAccountKey: {
    body: KeyRequest;
    response: Key;
  };
  /**
   * The models served here.
   */
  listModels: {
    response: ModelList;
  };
  /**
   * One model, by id or alias.
   */
  getModel: {
    response: Model;
  };
  /**
   * The LoRAs and ControlNets that requests may name.
   */
  listAdapters: {
    response: AdapterList;
  };
  /**
   * What this account's webhook signatures are checked with.
   */
  getWebhookSecret: {
    response: WebhookSecret;
  };
  /**
   * This process answers.
   */
  getHealth: {
    response: Health;
  };
  /**
   * Whether table, queue and object store answer.
   */
  getReadiness: {
    response: Readiness;
  };
  /**
   * This document.
   */
  getOpenapi: {
    response: {};
  };
  /**
   * This document, to read and try.
   */
  getDocs: {};
  /**
   * OpenAI's image generation, held until the pictures exist.
   */
  generateImages: {
    body: OpenAIImageRequest;
    response: OpenAIImagesResponse;
  };
}
export interface JobRequest {
  /**
   * Id or alias from GET /v1/models. Default: the first model served.
   */
  model?: string;
  /**
   * What to draw, English or Chinese.
   */
  prompt: string;
  /**
   * What to keep out. Has an effect only with guidance above 0.
   */
  negative_prompt?: string;
  /**
   * WIDTHxHEIGHT in pixels, sides multiples of 16. One of size, width + height, aspect_ratio. Default: with image, the nearest to its own size that can be drawn; else the model's.
   */
  size?: string;
  /**
   * Pixels, 64 to 2048, a multiple of 16.
   */
  width?: number;
  /**
   * Pixels, 64 to 2048, a multiple of 16.
   */
  height?: number;
  /**
   * Across:down, 1:4 to 4:1, at about the pixel count of the model's default size.
   */
  aspect_ratio?: string;
  /**
   * Number of images, with seeds seed, seed + 1, … Default 1.
   */
  n?: number;
  /**
   * Same seed, same picture. Default: drawn at random, and reported.
   */
  seed?: number;
  /**
   * Denoising steps, each one forward. Default by model.
   */
  steps?: number;
  /**
   * Noise levels of the steps in place of steps, falling, 1 is noise; the 0 at the end goes without saying, and no shift is applied. For models and LoRAs distilled to certain levels.
   *
   * @minItems 1
   * @maxItems 100
   */
  sigmas?: number[];
  /**
   * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
   */
  guidance?: number;
  /**
   * Keep the guided prediction's norm at most the positive one's. Default false.
   */
  cfg_normalization?: boolean;
  /**
   * Guidance is off once 1 − sigma exceeds this. Default 1: never.
   */
  cfg_truncation?: number;
  /**
   * A picture to start from. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
   */
  image?: string;
  /**
   * How far from image: above 0 to 1. That share of the steps is run. Default 0.6, with a mask 1.
   */
  strength?: number;
  /**
   * Which part of image is drawn anew; the rest is kept. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
   */
  mask?: string;
  /**
   * What the mask marks for drawing anew: its white or its transparent parts. Default white.
   */
  mask_mode?: "white" | "transparent";
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: "feather" | "hard" | "none";
  /**
   * Pictures that the prompt speaks of, in order; for models of the Omni architecture. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
   *
   * @minItems 1
   * @maxItems 4
   */
  references?: string[];
  /**
   * Added to the model, several at once.
   *
   * @maxItems 8
   */
  loras?: {
    /**
     * A LoRA of the worker's catalogue.
     */
    id: string;
    /**
     * Strength. Default 1.
     */
    scale?: number;
  }[];
  /**
   * Draw along the lines of another picture. With image and mask, a ControlNet that can fills in the mask.
   */
  controlnet?: {
    /**
     * A ControlNet of the worker's catalogue.
     */
    id: string;
    /**
     * Edges, depth, a pose: what the ControlNet was made for. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
     */
    image: string;
    /**
     * Strength. Default 0.75.
     */
    scale?: number;
  };
  /**
   * Double the sides: by interpolation, or by that and drawing over it once more. Default none.
   */
  upscale?: "none" | "lanczos" | "refine";
  output?: {
    /**
     * Default png.
     */
    format?: "png" | "jpeg" | "webp" | "avif";
    /**
     * For jpeg, webp and avif.
     */
    quality?: number;
  };
  /**
   * b64 puts the pictures into the answer as base64, beside their links. Default url.
   */
  response?: "url" | "b64";
  webhook?: {
    /**
     * https address that is told when the job ends, signed as Standard Webhooks says.
     */
    url: string;
    /**
     * Default: those that end a job, so all but job.started and job.progress.
     *
     * @maxItems 6
     */
    events?: ("job.started" | "job.progress" | "job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
  };
  /**
   * Your own labels, returned with the job and usable as a filter: 16 keys of 64 characters, values of 512.
   */
  metadata?: {
    [k: string]: string;
  };
  /**
   * A job not begun within this many seconds expires.
   */
  deadline_s?: number;
  /**
   * batch costs less and waits until no interactive job does. Default interactive.
   */
  priority?: "interactive" | "batch";
  /**
   * Whole micro-units: a job that would cost more is refused with 412 before any work.
   */
  max_cost?: number;
  /**
   * Base64 of float32 little-endian [16, height/8, width/8]: start from these in place of seeded noise.
   */
  latents?: string;
}
export interface Job {
  id: string;
  object: "job";
  status: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
  model: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  deadline_at: string | null;
  cancel_requested_at: string | null;
  /**
   * Where a queued job waits, as things are now; null once it is begun, in lists and in webhooks.
   */
  queue: {
    /**
     * 1 is begun next.
     */
    position: number;
    /**
     * Until it is begun, in seconds; null before anything was drawn here.
     */
    eta_s: number | null;
  } | null;
  progress: {
    step: number;
    total: number;
  } | null;
  images: JobImage[];
  error: {
    code: string;
    message: string;
  } | null;
  warnings: string[];
  /**
   * How often a worker began the job.
   */
  attempts: number;
  /**
   * Whole micro-units: millionths of the currency. null for jobs of before there were prices.
   */
  cost: {
    /**
     * Price: held until the job ends, charged when it succeeds.
     */
    amount: number;
    /**
     * null until the job is over; a cancelled one pays for the steps done.
     */
    charged: number | null;
    currency: string;
    lane: "interactive" | "batch";
  } | null;
  /**
   * What was drawn; null until the job has succeeded.
   */
  usage: {
    gpu_ms: number;
    steps: number;
    megapixels: number;
  } | null;
  timings: {
    /**
     * Accepted to first begun.
     */
    queued_ms: number | null;
    inference_ms: number | null;
    /**
     * Accepted to finished.
     */
    total_ms: number | null;
  };
  /**
   * Every value as it was used: sent again, they give the same picture (latents and pictures are linked, not repeated).
   */
  params: {
    model: string;
    /**
     * What to draw, English or Chinese.
     */
    prompt: string;
    /**
     * What to keep out. Has an effect only with guidance above 0.
     */
    negative_prompt?: string;
    /**
     * Noise levels of the steps in place of steps, falling, 1 is noise; the 0 at the end goes without saying, and no shift is applied. For models and LoRAs distilled to certain levels.
     *
     * @minItems 1
     * @maxItems 100
     */
    sigmas?: number[];
    /**
     * Keep the guided prediction's norm at most the positive one's. Default false.
     */
    cfg_normalization: boolean;
    /**
     * Guidance is off once 1 − sigma exceeds this. Default 1: never.
     */
    cfg_truncation: number;
    /**
     * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
     */
    mask_blend?: "feather" | "hard" | "none";
    /**
     * Double the sides: by interpolation, or by that and drawing over it once more. Default none.
     */
    upscale?: "none" | "lanczos" | "refine";
    width: number;
    height: number;
    n: number;
    seed: number;
    steps: number;
    guidance: number;
    output: {
      format: string;
      quality?: number;
    };
    latents_url?: string;
    image_url?: string;
    strength?: number;
    mask_url?: string;
    mask_mode?: "white" | "transparent";
    reference_urls?: string[];
    loras?: {
      id: string;
      scale: number;
    }[];
    controlnet?: {
      id: string;
      image_url: string;
      scale: number;
    };
  };
  metadata: {
    [k: string]: string;
  };
  webhook: {
    url: string;
    events: string[];
  } | null;
  links: {
    self: string;
    events: string;
    cancel: string;
  };
}
export interface JobImage {
  id: string;
  index: number;
  /**
   * Needs no header. A GET of the job always gives a fresh one.
   */
  url: string;
  url_expires_at: string;
  width: number;
  height: number;
  format: "png" | "jpeg" | "webp" | "avif";
  content_type: string;
  bytes: number;
  sha256: string;
  seed: number;
  /**
   * The file as base64, when the job asked for response b64.
   */
  b64?: string;
}
export interface JobList {
  /**
   * Newest first.
   */
  data: Job[];
  /**
   * null on the last page.
   */
  next_cursor: string | null;
}
export interface UploadedFile {
  /**
   * `file-…`
   */
  id: string;
  object: "file";
  bytes: number;
  /**
   * Seconds since the epoch.
   */
  created_at: number;
  filename: string;
  purpose: string;
  status: "processed";
  status_details: null;
}
export interface FileList {
  object: "list";
  /**
   * Newest first, in OpenAI's form.
   */
  data: UploadedFile[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
  /**
   * The same files in Replicate's form.
   */
  results: ReplicateFile[];
  next: null;
  previous: null;
}
export interface ReplicateFile {
  /**
   * `rf_…`
   */
  id: string;
  name: string;
  content_type: string;
  /**
   * Bytes.
   */
  size: number;
  etag: string;
  metadata: {
    [k: string]: string;
  };
  checksums: {
    sha256: string;
  };
  created_at: string;
  expires_at: string;
  urls: {
    /**
     * What to put into inputs; needs no header.
     */
    get: string;
  };
}
export interface DeletedFile {
  id: string;
  object: "file";
  deleted: true;
}
export interface WebhookEndpointRequest {
  /**
   * https address, port 443 or 8443, that leads to the public internet.
   */
  url: string;
  /**
   * What it is told of. Empty or left out: everything but job.started.
   *
   * @maxItems 8
   */
  events?: (
    | "job.started"
    | "job.progress"
    | "job.succeeded"
    | "job.failed"
    | "job.canceled"
    | "job.expired"
    | "balance.low"
    | "webhook_endpoint.disabled"
  )[];
  description?: string;
  /**
   * false: messages are logged as skipped, and a replay sends them.
   */
  enabled?: boolean;
}
export interface WebhookEndpoint {
  id: string;
  object: "webhook_endpoint";
  url: string;
  description: string;
  /**
   * Empty: everything but job.started and job.progress.
   */
  events: string[];
  enabled: boolean;
  /**
   * Switched off by itself: it answered 410, or a message failed for three days and none got through.
   */
  disabled_reason: ("gone" | "failing") | null;
  disabled_at: string | null;
  /**
   * Until then an older secret signs as well.
   */
  secret_rotates_until: string | null;
  created_at: string;
  /**
   * Only in the answer to the request that made it.
   */
  secret?: string;
}
export interface WebhookEndpointList {
  /**
   * Oldest first.
   */
  data: WebhookEndpoint[];
}
export interface WebhookEndpointChange {
  /**
   * https address, port 443 or 8443, that leads to the public internet.
   */
  url?: string;
  /**
   * What it is told of. Empty or left out: everything but job.started.
   *
   * @maxItems 8
   */
  events?: (
    | "job.started"
    | "job.progress"
    | "job.succeeded"
    | "job.failed"
    | "job.canceled"
    | "job.expired"
    | "balance.low"
    | "webhook_endpoint.disabled"
  )[];
  description?: string;
  /**
   * false: messages are logged as skipped, and a replay sends them.
   */
  enabled?: boolean;
}
export interface WebhookDelivery {
  /**
   * The webhook-id header, the same in every attempt.
   */
  id: string;
  object: "webhook_delivery";
  type: string;
  /**
   * disabled: answered 410, or the endpoint is deleted. skipped: the endpoint was off.
   */
  status: "pending" | "sending" | "delivered" | "failed" | "disabled" | "skipped";
  job_id: string | null;
  /**
   * null for the webhook of a single job.
   */
  endpoint_id: string | null;
  /**
   * Where it was to go when it was made; an endpoint's URL of the moment counts.
   */
  url: string;
  /**
   * Begun since it was made, or last sent again.
   */
  attempts: number;
  next_attempt_at: string | null;
  created_at: string;
  /**
   * What came of the last ten attempts, oldest first.
   */
  answers: {
    at: string;
    status_code: number | null;
    latency_ms: number;
    /**
     * The first characters of the response.
     */
    excerpt: string | null;
    error: {
      code: string;
      message: string;
    } | null;
  }[];
}
export interface WebhookDeliveryList {
  /**
   * Newest first.
   */
  data: WebhookDelivery[];
  /**
   * null on the last page.
   */
  next_cursor: string | null;
}
export interface WebhookReplayRequest {
  /**
   * ISO 8601 with a zone; messages made since then.
   */
  since: string;
  /**
   * all: also what has arrived, for a receiver that lost it. Default undelivered.
   */
  which?: "undelivered" | "all";
}
export interface WebhookReplay {
  /**
   * Messages that are sent again.
   */
  count: number;
  /**
   * There are more: ask again from here.
   */
  next_since: string | null;
}
export interface Quote {
  object: "quote";
  /**
   * What is charged if everything succeeds, in whole micro-units.
   */
  amount: number;
  currency: string;
  unit_prices: {
    model: string;
    lane: "interactive" | "batch";
    /**
     * Whole micro-units: millionths of the currency.
     */
    per_megapixel_step: number;
  }[];
  breakdown: {
    model: string;
    width: number;
    height: number;
    n: number;
    steps: number;
    lane: "interactive" | "batch";
    /**
     * So many jobs of this kind.
     */
    jobs: number;
    /**
     * All of them together.
     */
    amount: number;
  }[];
  /**
   * Since when the price table is in force.
   */
  prices_of: string;
  /**
   * Seconds until all of it would be over, submitted now and with nobody coming after; null before anything was drawn here.
   */
  eta_s: number | null;
  /**
   * The same body submitted before then is charged exactly this.
   */
  expires_at: string;
}
export interface Usage {
  object: "usage";
  currency: string;
  group_by: string;
  from: string;
  to: string;
  /**
   * All groups together, in whole micro-units.
   */
  charged: number;
  data: {
    group: string;
    jobs: number;
    succeeded: number;
    images: number;
    steps: number;
    megapixels: number;
    charged: number;
  }[];
}
export interface Balance {
  object: "balance";
  currency: string;
  /**
   * Whole micro-units (millionths of the currency) that may be spent. Below zero only when unlimited.
   */
  available: number;
  /**
   * Set aside for jobs that are not over.
   */
  held: number;
  open_jobs: number;
  /**
   * The balance stops nothing: this account pays later, or is one's own machine's.
   */
  unlimited: boolean;
  /**
   * Spent or held in this calendar month (UTC).
   */
  spent_this_month: number;
  monthly_cap: number | null;
}
export interface KeyList {
  data: Key[];
}
export interface Key {
  id: string;
  object: "key";
  name: string;
  /**
   * The first characters.
   */
  hint: string;
  scopes: string[];
  limits: {
    requests_per_minute?: number | null;
    /**
     * Jobs accepted and not over.
     */
    max_open_jobs?: number | null;
    /**
     * Most whole micro-units in a calendar month (UTC).
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s: number | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * To the hour.
   */
  last_used_at: string | null;
  /**
   * During a rotation: how long the value before this one works.
   */
  previous_value_until: string | null;
  /**
   * The key itself: in the answer that makes it, and never again.
   */
  value?: string;
}
export interface KeyRequest {
  /**
   * For people.
   */
  name?: string;
  /**
   * At most those of the key that asks. Default: those.
   *
   * @minItems 1
   * @maxItems 11
   */
  scopes?: (
    | "*"
    | "jobs:write"
    | "jobs:read"
    | "files:read"
    | "files:write"
    | "models:read"
    | "webhooks:read"
    | "webhooks:write"
    | "usage:read"
    | "keys:admin"
    | "accounts:admin"
  )[];
  /**
   * Default: never.
   */
  expires_at?: string;
  limits?: {
    requests_per_minute?: number | null;
    /**
     * Jobs accepted and not over.
     */
    max_open_jobs?: number | null;
    /**
     * Most whole micro-units in a calendar month (UTC).
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s?: number | null;
}
export interface KeyChange {
  /**
   * For people.
   */
  name?: string;
  /**
   * Those named; null takes one away.
   */
  limits?: {
    requests_per_minute?: number | null;
    /**
     * Jobs accepted and not over.
     */
    max_open_jobs?: number | null;
    /**
     * Most whole micro-units in a calendar month (UTC).
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s?: number | null;
}
export interface KeyRotation {
  /**
   * How long the old value still works. Default 24 hours.
   */
  overlap_s?: number;
}
export interface AccountList {
  data: Account[];
}
export interface Account {
  id: string;
  object: "account";
  name: string;
  created_at: string;
  terms: {
    /**
     * May spend below zero.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * Share of the workers beside others. Default 1.
     */
    weight?: number | null;
    /**
     * Spendable micro-units below which its webhook endpoints are told: balance.low.
     */
    low_balance?: number | null;
    /**
     * Customer id at the billing system.
     */
    meter_customer?: string | null;
  };
  balance: {
    available: number;
    held: number;
    open_jobs: number;
    spent_this_month: number;
  };
}
export interface AccountRequest {
  name?: string;
  terms?: {
    /**
     * May spend below zero.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * Share of the workers beside others. Default 1.
     */
    weight?: number | null;
    /**
     * Spendable micro-units below which its webhook endpoints are told: balance.low.
     */
    low_balance?: number | null;
    /**
     * Customer id at the billing system.
     */
    meter_customer?: string | null;
  };
}
export interface AccountChange {
  /**
   * Those named; null takes one away.
   */
  terms: {
    /**
     * May spend below zero.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * Share of the workers beside others. Default 1.
     */
    weight?: number | null;
    /**
     * Spendable micro-units below which its webhook endpoints are told: balance.low.
     */
    low_balance?: number | null;
    /**
     * Customer id at the billing system.
     */
    meter_customer?: string | null;
  };
}
export interface CreditRequest {
  /**
   * Whole micro-units; negative takes back.
   */
  amount: number;
  /**
   * An invoice or payment; counts once per account.
   */
  reference: string;
  note?: string;
}
export interface ModelList {
  object: "list";
  data: Model[];
  results: {
    owner: string;
    name: string;
    url: string;
    [k: string]: unknown;
  }[];
  next: null;
  previous: null;
}
export interface Model {
  id: string;
  object: "model";
  /**
   * Seconds since the epoch.
   */
  created: number;
  owned_by: string;
  name: string;
  /**
   * Other names that requests may use.
   */
  aliases: string[];
  family: "turbo" | "base";
  /**
   * Random weights: the pictures are noise.
   */
  random: boolean;
  capabilities: string[];
  defaults: {
    steps: number;
    guidance: number;
    width: number;
    height: number;
  };
  limits: {
    min_side: number;
    max_side: number;
    multiple_of: number;
    max_pixels: number;
    max_aspect_ratio: number;
    max_steps: number;
    /**
     * Text tokens that are read; a longer prompt is cut, with a warning.
     */
    max_prompt_tokens: number;
    max_prompt_characters: number;
  };
  license: string;
  source: string;
}
export interface AdapterList {
  object: "list";
  loras: Adapter[];
  controlnets: Adapter[];
}
export interface Adapter {
  /**
   * What requests name it by: in loras or as controlnet.id.
   */
  id: string;
  object: "adapter";
  /**
   * Of the low-rank matrices, where it has such.
   */
  rank: number | null;
  /**
   * What the file says it was trained for.
   */
  base: string | null;
  /**
   * Hex SHA-256 of the file; null until it has been computed.
   */
  sha256: string | null;
  /**
   * Words of a prompt that call what it was trained on.
   */
  trigger_words: string[];
}
export interface WebhookSecret {
  /**
   * `whsec_` and base64; what webhook signatures are checked with.
   */
  key: string;
}
export interface Health {
  status: "ok";
}
export interface Readiness {
  status: "ready" | "unready";
  /**
   * items, queue, objects.
   */
  checks: {
    [k: string]: {
      ok: boolean;
      ms: number;
    };
  };
}
export interface OpenAIImageRequest {
  /**
   * Id or alias from GET /v1/models. Default: the first model served.
   */
  model?: string | null;
  /**
   * What to draw, English or Chinese.
   */
  prompt: string;
  /**
   * Number of images. Default 1.
   */
  n?: number | null;
  /**
   * WIDTHxHEIGHT in pixels, sides multiples of 16. One of size, width + height, aspect_ratio. Default: with image, the nearest to its own size that can be drawn; else the model's.
   */
  size?: string | null;
  /**
   * An image to start from.
   */
  image?: string | null;
  /**
   * Its transparent parts are drawn anew.
   */
  mask?: string | null;
  /**
   * Default b64_json.
   */
  response_format?: ("url" | "b64_json") | null;
  /**
   * Default png.
   */
  output_format?: ("png" | "jpeg" | "webp" | "avif") | null;
  /**
   * Quality of lossy formats.
   */
  output_compression?: number | null;
  /**
   * Answer with server-sent events. Pictures come as base64.
   */
  stream?: boolean | null;
  /**
   * Small previews on the way, when streaming. Default 0.
   */
  partial_images?: number | null;
  /**
   * transparent is refused.
   */
  background?: ("opaque" | "auto" | "transparent") | null;
  /**
   * Accepted, without effect.
   */
  quality?: ("low" | "medium" | "high" | "xhigh" | "max" | "auto" | "standard" | "hd") | null;
  /**
   * Accepted, without effect.
   */
  moderation?: ("low" | "auto") | null;
  /**
   * Accepted, without effect.
   */
  style?: ("vivid" | "natural") | null;
  /**
   * Accepted, without effect.
   */
  user?: string | null;
  /**
   * Accepted, without effect.
   */
  safety_identifier?: string | null;
  /**
   * What to keep out. Has an effect only with guidance above 0.
   */
  negative_prompt?: string | null;
  /**
   * Pixels, 64 to 2048, a multiple of 16.
   */
  width?: number | null;
  /**
   * Pixels, 64 to 2048, a multiple of 16.
   */
  height?: number | null;
  /**
   * Across:down, 1:4 to 4:1, at about the pixel count of the model's default size.
   */
  aspect_ratio?: string | null;
  /**
   * Same seed, same picture. Default: drawn at random, and reported.
   */
  seed?: number | null;
  /**
   * Denoising steps, each one forward. Default by model.
   */
  steps?: number | null;
  /**
   * Noise levels of the steps in place of steps, falling, 1 is noise; the 0 at the end goes without saying, and no shift is applied. For models and LoRAs distilled to certain levels.
   */
  sigmas?: number[] | null;
  /**
   * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
   */
  guidance?: number | null;
  /**
   * Keep the guided prediction's norm at most the positive one's. Default false.
   */
  cfg_normalization?: boolean | null;
  /**
   * Guidance is off once 1 − sigma exceeds this. Default 1: never.
   */
  cfg_truncation?: number | null;
  /**
   * How far from image: above 0 to 1. That share of the steps is run. Default 0.6, with a mask 1.
   */
  strength?: number | null;
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: ("feather" | "hard" | "none") | null;
  /**
   * Pictures that the prompt speaks of, in order; for models of the Omni architecture. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
   */
  references?: string[] | null;
  /**
   * Added to the model, several at once.
   */
  loras?:
    | {
        /**
         * A LoRA of the worker's catalogue.
         */
        id: string;
        /**
         * Strength. Default 1.
         */
        scale?: number;
      }[]
    | null;
  /**
   * Draw along the lines of another picture. With image and mask, a ControlNet that can fills in the mask.
   */
  controlnet?: {
    /**
     * A ControlNet of the worker's catalogue.
     */
    id: string;
    /**
     * Edges, depth, a pose: what the ControlNet was made for. A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.
     */
    image: string;
    /**
     * Strength. Default 0.75.
     */
    scale?: number;
  } | null;
  /**
   * Double the sides: by interpolation, or by that and drawing over it once more. Default none.
   */
  upscale?: ("none" | "lanczos" | "refine") | null;
  /**
   * Your own labels, returned with the job and usable as a filter: 16 keys of 64 characters, values of 512.
   */
  metadata?: {
    [k: string]: string;
  } | null;
  /**
   * A job not begun within this many seconds expires.
   */
  deadline_s?: number | null;
  /**
   * batch costs less and waits until no interactive job does. Default interactive.
   */
  priority?: ("interactive" | "batch") | null;
  /**
   * Whole micro-units: a job that would cost more is refused with 412 before any work.
   */
  max_cost?: number | null;
  /**
   * Base64 of float32 little-endian [16, height/8, width/8]: start from these in place of seeded noise.
   */
  latents?: string | null;
}
export interface OpenAIImagesResponse {
  created: number;
  data: {
    b64_json?: string;
    url?: string;
  }[];
  size: string;
  output_format: string;
  quality: string;
  background: string;
  /**
   * output_tokens counts the model's image tokens, one per 16 × 16 pixels; prompts are not counted.
   */
  usage: {
    input_tokens: number;
    input_tokens_details: {
      image_tokens: number;
      text_tokens: number;
    };
    output_tokens: number;
    total_tokens: number;
  };
}
export interface ReplicateError {
  title: string;
  detail: string;
  status: number;
  code: string;
  invalid_fields?: {
    field: string;
    type: string;
    description: string;
  }[];
  request_id: string;
}
export interface Problem {
  /**
   * `urn:z-image:problem:` and the code.
   */
  type: string;
  title: string;
  status: number;
  /**
   * What was expected, what came, what to do. Chinese on Accept-Language: zh for common codes.
   */
  detail: string;
  /**
   * The path asked for.
   */
  instance: string;
  /**
   * Stable; made for programs.
   */
  code: string;
  /**
   * The field that is wrong, dotted.
   */
  param?: string;
  errors: {
    param: string;
    code: string;
    message: string;
  }[];
  request_id: string;
  /**
   * Whether the same request may succeed later.
   */
  retryable: boolean;
}
export interface OpenAIError {
  error: {
    message: string;
    type: "invalid_request_error" | "server_error";
    param: string | null;
    code: string | null;
  };
}

/** Where each operation is. */
export const routes = {
  createJob: { method: "POST", path: "/v1/jobs" },
  listJobs: { method: "GET", path: "/v1/jobs" },
  getJob: { method: "GET", path: "/v1/jobs/{id}" },
  cancelJob: { method: "POST", path: "/v1/jobs/{id}/cancel" },
  followJob: { method: "GET", path: "/v1/jobs/{id}/events" },
  uploadFile: { method: "POST", path: "/v1/files" },
  listFiles: { method: "GET", path: "/v1/files" },
  getUploadedFile: { method: "GET", path: "/v1/files/{id}" },
  deleteFile: { method: "DELETE", path: "/v1/files/{id}" },
  getFile: { method: "GET", path: "/v1/files/{key}/content" },
  createWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints" },
  listWebhookEndpoints: { method: "GET", path: "/v1/webhook-endpoints" },
  getWebhookEndpoint: { method: "GET", path: "/v1/webhook-endpoints/{id}" },
  updateWebhookEndpoint: { method: "PATCH", path: "/v1/webhook-endpoints/{id}" },
  deleteWebhookEndpoint: { method: "DELETE", path: "/v1/webhook-endpoints/{id}" },
  rotateWebhookSecret: { method: "POST", path: "/v1/webhook-endpoints/{id}/rotate-secret" },
  testWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints/{id}/test" },
  listDeliveries: { method: "GET", path: "/v1/webhook-endpoints/{id}/deliveries" },
  replayWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints/{id}/replay" },
  getDelivery: { method: "GET", path: "/v1/deliveries/{id}" },
  redeliver: { method: "POST", path: "/v1/deliveries/{id}/redeliver" },
  createQuote: { method: "POST", path: "/v1/quotes" },
  getUsage: { method: "GET", path: "/v1/usage" },
  getUsageCsv: { method: "GET", path: "/v1/usage.csv" },
  getBalance: { method: "GET", path: "/v1/balance" },
  listKeys: { method: "GET", path: "/v1/keys" },
  createKey: { method: "POST", path: "/v1/keys" },
  getKey: { method: "GET", path: "/v1/keys/{id}" },
  changeKey: { method: "PATCH", path: "/v1/keys/{id}" },
  revokeKey: { method: "DELETE", path: "/v1/keys/{id}" },
  rotateKey: { method: "POST", path: "/v1/keys/{id}/rotate" },
  listAccounts: { method: "GET", path: "/v1/accounts" },
  createAccount: { method: "POST", path: "/v1/accounts" },
  getAccount: { method: "GET", path: "/v1/accounts/{id}" },
  changeAccount: { method: "PATCH", path: "/v1/accounts/{id}" },
  creditAccount: { method: "POST", path: "/v1/accounts/{id}/credits" },
  createAccountKey: { method: "POST", path: "/v1/accounts/{id}/keys" },
  listModels: { method: "GET", path: "/v1/models" },
  getModel: { method: "GET", path: "/v1/models/{id}" },
  listAdapters: { method: "GET", path: "/v1/adapters" },
  getWebhookSecret: { method: "GET", path: "/v1/webhooks/default/secret" },
  getHealth: { method: "GET", path: "/healthz" },
  getReadiness: { method: "GET", path: "/readyz" },
  getOpenapi: { method: "GET", path: "/openapi.json" },
  getDocs: { method: "GET", path: "/docs" },
  generateImages: { method: "POST", path: "/v1/images/generations" },
} as const;
