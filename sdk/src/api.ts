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
 * Parameters, body and response of each operation.
 */
export interface Operations {
  /**
   * Submit a job.
   */
  createJob: {
    body: JobRequest | JobFromImageRequest;
    response: Job;
  };
  /**
   * List the account's jobs, newest first.
   */
  listJobs: {
    query: {
      status?: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
      /**
       * Only jobs created after this time; ISO 8601 with a time zone.
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
       * `metadata[key]=value`; all given pairs must match.
       */
      metadata?: {
        [k: string]: string;
      };
    };
    response: JobList;
  };
  /**
   * Get a job, with fresh result links.
   */
  getJob: {
    response: Job;
  };
  /**
   * Cancel a job: a queued job at once, a running job before its next step.
   */
  cancelJob: {
    response: Job;
  };
  /**
   * Stream the job's history as server-sent events until it ends.
   */
  followJob: {
    query: {
      /**
       * Preview of the image after each step, small and in its format: as a link (url), as a data: URL, or none. Default url.
       */
      preview?: "none" | "url" | "inline";
    };
  };
  /**
   * Stream the events of all jobs of the account, over one connection.
   */
  followAccount: {
    query: {
      /**
       * Preview of the image after each step, small and in its format: as a link (url), as a data: URL, or none. Default url.
       */
      preview?: "none" | "url" | "inline";
    };
  };
  /**
   * List the account's finished images, newest first.
   */
  listImages: {
    query: {
      /**
       * Words that the prompt has, in any order and case; parts of words count, as in Chinese.
       */
      q?: string;
      /**
       * Only images of this model, by its id or an alias.
       */
      model?: string;
      /**
       * Only images whose job was made after this time; ISO 8601 with a time zone.
       */
      created_after?: string;
      /**
       * Only images whose job was made before this time; ISO 8601 with a time zone.
       */
      created_before?: string;
      /**
       * Only images of this catalogue run.
       */
      run?: string;
      /**
       * Only images of this SKU: the same as `metadata[sku]`.
       */
      sku?: string;
      /**
       * `metadata[key]=value`; all given pairs must match.
       */
      metadata?: {
        [k: string]: string;
      };
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
    };
    response: ImageList;
  };
  /**
   * Count the account's images by day.
   */
  countImages: {
    query: {
      /**
       * Only images of this model, by its id or an alias.
       */
      model?: string;
    };
    response: ImageDays;
  };
  /**
   * Get an image, with all that it was drawn from and fresh links.
   */
  getImage: {
    response: ImageDetail;
  };
  /**
   * Delete an image: its file and every link to it.
   */
  deleteImage: {
    response: DeletedImage;
  };
  /**
   * Make a link to an image for others, with an expiry of your choice.
   */
  shareImage: {
    body: ShareRequest;
    response: ImageLink;
  };
  /**
   * List the account's prompts, newest first.
   */
  listPrompts: {
    query: {
      /**
       * Only prompts that have this tag.
       */
      tag?: string;
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
    };
    response: PromptList;
  };
  /**
   * Keep a prompt, with variables, settings and tags.
   */
  createPrompt: {
    body: PromptRequest;
    response: Prompt;
  };
  /**
   * Get a prompt of the account.
   */
  getPrompt: {
    response: Prompt;
  };
  /**
   * Change a prompt of the account: the fields that are given.
   */
  changePrompt: {
    body: PromptChange;
    response: Prompt;
  };
  /**
   * Delete a prompt of the account.
   */
  deletePrompt: {
    response: DeletedPrompt;
  };
  /**
   * Get the prompts and tips that come with the program.
   */
  getPromptLibrary: {
    query: {
      /**
       * Only prompts that suit this model.
       */
      model?: string;
    };
    response: PromptLibrary;
  };
  /**
   * Get the example image of a library prompt.
   */
  getPromptExample: {};
  /**
   * Upload a file. Requests use it by its id.
   */
  uploadFile: {
    response: UploadedFile;
  };
  /**
   * List the account's files by pages.
   */
  listFiles: {
    query: {
      /**
       * Default 100.
       */
      limit?: number;
      /**
       * Id of the last file of the previous page.
       */
      after?: string;
      /**
       * Sort order by upload time. Default desc: newest first.
       */
      order?: "asc" | "desc";
      /**
       * Only files with this purpose; those of Replicate's clients have user_data.
       */
      purpose?: string;
    };
    response: FileList;
  };
  /**
   * Get an uploaded file's metadata.
   */
  getUploadedFile: {
    response: UploadedFile | ReplicateFile;
  };
  /**
   * Delete a file. Jobs that use it keep their copy.
   */
  deleteFile: {
    response: DeletedFile;
  };
  /**
   * Get a stored image by its link, or an uploaded file by its id.
   */
  getFile: {
    query: {
      /**
       * Part of a signed link.
       */
      exp?: string;
      /**
       * Part of a signed link.
       */
      sig?: string;
    };
  };
  /**
   * Draw images of every product of a table.
   */
  createRun: {
    body: RunRequest;
    response: Run;
  };
  /**
   * List the account's runs, newest first.
   */
  listRuns: {
    query: {
      /**
       * Default 20.
       */
      limit?: number;
      /**
       * Id of the last run of the previous page.
       */
      after?: string;
    };
    response: RunList;
  };
  /**
   * Get a run.
   */
  getRun: {
    response: Run;
  };
  /**
   * Delete a run that is over, with its table and its files.
   */
  deleteRun: {
    response: DeletedRun;
  };
  /**
   * What was found in the file, and how its columns are understood.
   */
  getRunReport: {
    response: RunReport;
  };
  /**
   * How the file is to be read and what is to be drawn, as it was asked for.
   */
  getRunMapping: {
    response: RunMapping;
  };
  /**
   * Read the file again, with other columns, another header or other shots, before the run begins.
   */
  changeRunMapping: {
    body: RunMappingRequest;
    response: Run;
  };
  /**
   * The prompts of some products, of the run's own shots or of others; nothing is drawn.
   */
  previewRun: {
    body: RunPreviewRequest;
    response: RunPreview;
  };
  /**
   * Begin a run that is ready.
   */
  startRun: {
    body: RunStartRequest;
    response: Run;
  };
  /**
   * Pause a run: images under way are finished, no further one is begun.
   */
  pauseRun: {
    response: Run;
  };
  /**
   * Go on with a paused run.
   */
  resumeRun: {
    body: RunResumeRequest;
    response: Run;
  };
  /**
   * End a run. What is drawn is kept.
   */
  cancelRun: {
    response: Run;
  };
  /**
   * What has become of each image, in the order of the file.
   */
  listRunRows: {
    query: {
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
      /**
       * Default: all.
       */
      status?: "drawn" | "unchanged" | "failed" | "skipped" | "waiting";
      /**
       * Code of the error.
       */
      reason?: string;
      /**
       * Default: all products.
       */
      sku?: string;
    };
    response: RunRowList;
  };
  /**
   * What failed, by reason, the most frequent first.
   */
  listRunFailures: {
    response: RunFailureList;
  };
  /**
   * Images in the order in which they should be looked at, the riskiest first.
   */
  listRunReview: {
    query: {
      /**
       * 1 to 100, default 20.
       */
      limit?: string;
      /**
       * `next_cursor` of the page before.
       */
      cursor?: string;
      /**
       * Default: all images.
       */
      state?: "auto_ok" | "needs_review" | "approved" | "rejected";
    };
    response: RunReviewList;
  };
  /**
   * Approve images, or reject them.
   */
  reviewRun: {
    body: RunReviewRequest;
    response: RunReviewResult;
  };
  /**
   * Draw once more what failed while it was drawn.
   */
  retryRun: {
    body: RunRetryRequest;
    response: RunRetryResult;
  };
  /**
   * Give images permanent public addresses that end in their file names.
   */
  publishRun: {
    body: RunPublishRequest;
    response: RunPublication;
  };
  /**
   * Take public addresses back: they answer 410.
   */
  unpublishRun: {
    body: RunPublishRequest;
    response: RunPublication;
  };
  /**
   * Files that a shop imports, of the published images that it has not been given yet.
   */
  exportRun: {
    body: RunExportRequest;
    response: RunExport;
  };
  /**
   * A JSON line for each file and each product without one.
   */
  getRunManifest: {};
  /**
   * The same as a table for spreadsheets.
   */
  getRunManifestCsv: {};
  /**
   * The same as an Excel workbook of texts.
   */
  getRunManifestXlsx: {};
  /**
   * Your own file with columns added: names, addresses and texts of the images, and what went wrong. With ?for=excel cells that look like formulas get a quote in front.
   */
  getRunInput: {};
  /**
   * A contact sheet of 48 images, from 1; 404 behind the last.
   */
  getRunSheet: {};
  /**
   * The files, the first thousand or gigabyte of them; any part of it by Range.
   */
  getRunArchive: {};
  /**
   * The archive with this number, from 1; 404 behind the last.
   */
  getRunArchivePart: {};
  /**
   * Exports of shops that are recognised by their columns.
   */
  listProfiles: {
    response: ProfileList;
  };
  /**
   * Ready-made shots.
   */
  listPresets: {
    response: PresetList;
  };
  /**
   * What is remembered under a run key.
   */
  getRunKey: {
    response: RunKey;
  };
  /**
   * Delete all that was drawn under a run key.
   */
  deleteRunKey: {
    response: DeletedRunKey;
  };
  /**
   * A published image. Needs no key, and is cached for ever.
   */
  getPublicImage: {};
  /**
   * Create an endpoint that receives the account's events.
   */
  createWebhookEndpoint: {
    body: WebhookEndpointRequest;
    response: WebhookEndpoint;
  };
  /**
   * List the account's endpoints.
   */
  listWebhookEndpoints: {
    response: WebhookEndpointList;
  };
  /**
   * Get an endpoint.
   */
  getWebhookEndpoint: {
    response: WebhookEndpoint;
  };
  /**
   * Change, enable or disable an endpoint.
   */
  updateWebhookEndpoint: {
    body: WebhookEndpointChange;
    response: WebhookEndpoint;
  };
  /**
   * Delete an endpoint; its unsent messages are discarded.
   */
  deleteWebhookEndpoint: {};
  /**
   * Rotate an endpoint's secret; messages are also signed with the old one for 24 hours.
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
   * List an endpoint's messages with the results of their attempts.
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
   * Send messages again that were created since a given time.
   */
  replayWebhookEndpoint: {
    body: WebhookReplayRequest;
    response: WebhookReplay;
  };
  /**
   * Count the attempts to deliver to an endpoint, by the hour.
   */
  getWebhookHealth: {
    query: {
      /**
       * Hours up to now, at most 168. Default 24.
       */
      hours?: string;
    };
    response: WebhookHealth;
  };
  /**
   * Get a message with the results of its attempts.
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
   * Check by its SHA-256 whether a file was made here.
   */
  verifyDigest: {
    query: {
      /**
       * SHA-256 of the file, 64 hexadecimal digits.
       */
      sha256: string;
    };
    response: Verification;
  };
  /**
   * Check whether an image was made here and whether it was changed.
   */
  verifyImage: {
    body: VerifyRequest;
    response: Verification;
  };
  /**
   * Get the state of the service: queue, workers, images per minute, failures, webhooks. For the operator's key.
   */
  getOperations: {
    query: {
      /**
       * Length of images.per_minute, up to 720. Default 180.
       */
      minutes?: string;
    };
    response: ServiceState;
  };
  /**
   * Quote the price of a job or of several jobs.
   */
  createQuote: {
    body: QuoteRequest;
    response: Quote;
  };
  /**
   * Get what was charged, by day, key, model or metadata.
   */
  getUsage: {
    query: {
      /**
       * day (UTC, of the job's end), key, model, several of these such as day,key, or metadata.NAME. Default day.
       */
      group_by?: string;
      /**
       * Inclusive. Default the beginning of the day (UTC) 30 days before to.
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
   * Get the usage as CSV.
   */
  getUsageCsv: {
    query: {
      /**
       * day (UTC, of the job's end), key, model, several of these such as day,key, or metadata.NAME. Default day.
       */
      group_by?: string;
      /**
       * Inclusive. Default the beginning of the day (UTC) 30 days before to.
       */
      from?: string;
      /**
       * Exclusive. Default now.
       */
      to?: string;
    };
  };
  /**
   * Get the available balance and the amount held for open jobs.
   */
  getBalance: {
    response: Balance;
  };
  /**
   * Get the key that the request came with, and its account. For every key.
   */
  getOwnKey: {
    response: OwnKey;
  };
  /**
   * List the account's keys, without their values.
   */
  listKeys: {
    response: KeyList;
  };
  /**
   * Create a key.
   */
  createKey: {
    body: KeyRequest;
    response: Key;
  };
  /**
   * Get a key.
   */
  getKey: {
    response: Key;
  };
  /**
   * Change a key's name or limits.
   */
  changeKey: {
    body: KeyChange;
    response: Key;
  };
  /**
   * Revoke a key.
   */
  revokeKey: {
    response: Key;
  };
  /**
   * Rotate a key: create a new value; the old one stays valid for overlap_s seconds.
   */
  rotateKey: {
    body: KeyRotation;
    response: Key;
  };
  /**
   * List all accounts. Operators only (scope accounts:admin).
   */
  listAccounts: {
    response: AccountList;
  };
  /**
   * Create an account without credit or keys. Operators only.
   */
  createAccount: {
    body: AccountRequest;
    response: Account;
  };
  /**
   * Get an account with its balance. Operators only.
   */
  getAccount: {
    response: Account;
  };
  /**
   * Change an account's terms. Operators only.
   */
  changeAccount: {
    body: AccountChange;
    response: Account;
  };
  /**
   * Credit an account; a repeated reference is credited once. Operators only.
   */
  creditAccount: {
    body: CreditRequest;
    response: Account;
  };
  /**
   * Create a key for an account. Operators only.
   */
  createAccountKey: {
    body: KeyRequest;
    response: Key;
  };
  /**
   * Tell whether prompts would be refused, in OpenAI's form.
   */
  createModeration: {
    body: ModerationRequest;
    response: Moderation;
  };
  /**
   * Get the phrases that this account refuses in prompts.
   */
  getBlockList: {
    response: BlockList;
  };
  /**
   * Replace the phrases that this account refuses in prompts.
   */
  replaceBlockList: {
    body: BlockListRequest;
    response: BlockList;
  };
  /**
   * List the models.
   */
  listModels: {
    response: ModelList;
  };
  /**
   * Get a model by id or alias.
   */
  getModel: {
    response: Model;
  };
  /**
   * List all that a model knows, of a model that knows a list of things alone. Has an ETag.
   */
  getModelVocabulary: {
    response: ModelVocabulary;
  };
  /**
   * List the LoRAs and ControlNets that requests may use.
   */
  listAdapters: {
    response: AdapterList;
  };
  /**
   * Add a LoRA of your own. Requests use it by its id in loras.
   */
  addAdapter: {
    body: AdapterRequest;
    response: AddedAdapter;
  };
  /**
   * Delete a LoRA of your own. Jobs that wait for it fail.
   */
  deleteAdapter: {
    response: DeletedAdapter;
  };
  /**
   * Get the secret that verifies the signatures of this account's job webhooks.
   */
  getWebhookSecret: {
    response: WebhookSecret;
  };
  /**
   * Rotate the secret of this account's job webhooks. For 24 hours messages are signed with the previous one as well.
   */
  rotateDefaultWebhookSecret: {
    response: RotatedWebhookSecret;
  };
  /**
   * Liveness check.
   */
  getHealth: {
    response: Health;
  };
  /**
   * Readiness check of table, queue and object store.
   */
  getReadiness: {
    response: Readiness;
  };
  /**
   * Get this document.
   */
  getOpenapi: {
    response: {};
  };
  /**
   * Interactive documentation of this API.
   */
  getDocs: {};
  /**
   * Draw an uploaded file of requests, in the batch lane at its price.
   */
  createBatch: {
    body: OpenAIBatchRequest;
    response: OpenAIBatch;
  };
  /**
   * List the account's batches, newest first.
   */
  listBatches: {
    query: {
      /**
       * Default 20.
       */
      limit?: number;
      /**
       * Id of the last batch of the previous page.
       */
      after?: string;
    };
    response: OpenAIBatchList;
  };
  /**
   * Get a batch.
   */
  getBatch: {
    response: OpenAIBatch;
  };
  /**
   * Cancel a batch. What is finished is kept.
   */
  cancelBatch: {
    response: OpenAIBatch;
  };
  /**
   * Try a paused batch again now. Not in OpenAI's API.
   */
  resumeBatch: {
    response: OpenAIBatch;
  };
  /**
   * Begin to upload a file in parts, up to 536870912 bytes.
   */
  createUpload: {
    body: OpenAIUploadRequest;
    response: OpenAIUpload;
  };
  /**
   * Send a part, at most 6000000 bytes with its form.
   */
  addUploadPart: {
    response: OpenAIUploadPart;
  };
  /**
   * Get a link that takes a part straight to the object store.
   */
  linkUploadPart: {
    body: PartLinkRequest;
    response: PartLink;
  };
  /**
   * Make a file of the parts. Repeating the call for a completed upload returns the same file.
   */
  completeUpload: {
    body: OpenAIUploadCompletion;
    response: OpenAIUpload;
  };
  /**
   * Cancel an upload.
   */
  cancelUpload: {
    response: OpenAIUpload;
  };
  /**
   * Generate images with OpenAI's API; the response is held until they are ready.
   */
  generateImages: {
    body: OpenAIImageRequest;
    response: OpenAIImagesResponse;
  };
}
export interface JobRequest {
  /**
   * Id or alias from GET /v1/models. Default: the first model in that list.
   */
  model?: string;
  /**
   * Description of the image, in English or Chinese.
   */
  prompt: string;
  /**
   * What the image should not show. Effective only with guidance above 0.
   */
  negative_prompt?: string;
  /**
   * WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size.
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
   * Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.
   */
  aspect_ratio?: string;
  /**
   * Number of images; image i uses seed + i. Default 1.
   */
  n?: number;
  /**
   * The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported.
   */
  seed?: number;
  /**
   * Number of denoising steps. Default: the model's.
   */
  steps?: number;
  /**
   * Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and no shift is applied. For models and LoRAs distilled to certain levels.
   *
   * @minItems 1
   * @maxItems 100
   */
  sigmas?: number[];
  /**
   * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
   */
  sampler?: "euler" | "heun" | "euler_ancestral";
  /**
   * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
   */
  shift?: number;
  /**
   * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
   */
  guidance?: number;
  /**
   * Limit the norm of the guided prediction to that of the positive one. Default false.
   */
  cfg_normalization?: boolean;
  /**
   * Turn guidance off once 1 − sigma exceeds this value. Default 1: never.
   */
  cfg_truncation?: number;
  /**
   * Image to start from. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   */
  image?: string;
  /**
   * How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1.
   */
  strength?: number;
  /**
   * Marks the part of image to redraw; the rest is kept. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   */
  mask?: string;
  /**
   * Which parts of the mask mark what is redrawn: white, black or transparent ones. Default white.
   */
  mask_mode?: "white" | "black" | "transparent";
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: "feather" | "hard" | "none";
  /**
   * Takes image for the photo of a product and keeps the product's own pixels. It is cut out along its transparency, by mask, or from a plain background; a photo that allows none of these fails with no_cutout. The size is that of the canvas. product_psnr of the finished file is at least 45 dB, or the job fails.
   */
  product?: {
    /**
     * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
     */
    background?: "drawn" | "white";
    /**
     * Share of the canvas that the product's longer side takes. Default 0.85.
     */
    fill?: number;
    /**
     * Edge of the canvas that the product is moved to, up to the margin. Default center.
     */
    anchor?: "center" | "top" | "bottom" | "left" | "right";
  };
  /**
   * Part of image, in shares of its width and height, that becomes the whole image. Nothing is drawn; it costs as much as one step.
   */
  crop?: {
    x: number;
    y: number;
    width: number;
    height: number;
  };
  /**
   * Images that the prompt refers to, in order; for models with the Omni architecture. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   *
   * @minItems 1
   * @maxItems 4
   */
  references?: string[];
  /**
   * LoRAs to apply to the model; their effects add up.
   *
   * @maxItems 8
   */
  loras?: {
    /**
     * Id of a LoRA that GET /v1/adapters lists, in the workers' folder or the account's own.
     */
    id?: string;
    /**
     * In place of id: the https URL of a LoRA file, or a Hugging Face repository. The file is fetched once and then belongs to the account.
     */
    path?: string;
    /**
     * Weight of the LoRA. Default 1.
     */
    scale?: number;
  }[];
  /**
   * Guide the composition by a control image. With image and mask, a ControlNet trained for it inpaints the masked part.
   */
  controlnet?: {
    /**
     * Id of a ControlNet in the worker's catalogue.
     */
    id: string;
    /**
     * Control image: edges, depth or pose, according to the ControlNet. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
     */
    image: string;
    /**
     * Weight of the ControlNet. Default 0.75.
     */
    scale?: number;
    /**
     * Share of the steps before it begins to act. Default 0.
     */
    start?: number;
    /**
     * Share of the steps after which it stops acting. Default 1.
     */
    end?: number;
    /**
     * Preprocessing of the control image: canny detects its edges, none uses it as is. Default none.
     */
    preprocess?: "none" | "canny";
  };
  /**
   * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
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
    /**
     * Whether the file says how it was drawn: prompt, seed and settings, as AUTOMATIC1111's web UI writes them and as a request of this API. Default true; with false it only says that it is generated.
     */
    parameters?: boolean;
  };
  /**
   * Steps after drawing, in this order: size, the product put back, pure_white, format and max_bytes.
   */
  finish?: {
    /**
     * Make an almost white background, as far as it reaches from the border, exactly white.
     */
    pure_white?: boolean;
    /**
     * WIDTHxHEIGHT of the finished file, 64 to 4096, in the proportions of the image. It is drawn at size and scaled by Lanczos; a product is placed at this size.
     */
    size?: string;
    /**
     * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
     */
    max_bytes?: number;
  };
  /**
   * Measure the finished file: white border, fill, sharpness, dHash. Images of product and crop are always measured.
   */
  checks?: {
    /**
     * Lines that the image should show; what is read of them is compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
  };
  /**
   * With false nothing is kept once the response is delivered: links work once, images in base64 are gone with their response, and all that is left after an hour goes; the ledger's line and the record of what was made stay, without the prompt. Default true.
   */
  store?: boolean;
  /**
   * b64 includes the images as base64 in the response, beside their links. Default url.
   */
  response?: "url" | "b64";
  webhook?: {
    /**
     * https URL that is called when the job ends, signed according to Standard Webhooks.
     */
    url: string;
    /**
     * Event types to send. Default: all except job.started and job.progress.
     *
     * @maxItems 6
     */
    events?: ("job.started" | "job.progress" | "job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
  };
  /**
   * Labels returned with the job and usable as filters: at most 16, with keys of 64 and values of 512 characters.
   */
  metadata?: {
    [k: string]: string;
  };
  /**
   * Expire the job if it has not started within this many seconds.
   */
  deadline_s?: number;
  /**
   * Lane of the job: batch costs less and runs when no interactive job is waiting. Default interactive.
   */
  priority?: "interactive" | "batch";
  /**
   * Maximum price in whole micro-units; a job that would cost more is refused with 412.
   */
  max_cost?: number;
  /**
   * Initial latents instead of seeded noise: base64 of float32 little-endian [16, height/8, width/8].
   */
  latents?: string;
}
export interface JobFromImageRequest {
  /**
   * Id or alias from GET /v1/models. Default: the first model in that list.
   */
  model?: string;
  /**
   * Description of the image, in English or Chinese.
   */
  prompt?: string;
  /**
   * What the image should not show. Effective only with guidance above 0.
   */
  negative_prompt?: string;
  /**
   * WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size.
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
   * Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.
   */
  aspect_ratio?: string;
  /**
   * Number of images; image i uses seed + i. Default 1.
   */
  n?: number;
  /**
   * The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported.
   */
  seed?: number;
  /**
   * Number of denoising steps. Default: the model's.
   */
  steps?: number;
  /**
   * Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and no shift is applied. For models and LoRAs distilled to certain levels.
   *
   * @minItems 1
   * @maxItems 100
   */
  sigmas?: number[];
  /**
   * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
   */
  sampler?: "euler" | "heun" | "euler_ancestral";
  /**
   * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
   */
  shift?: number;
  /**
   * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
   */
  guidance?: number;
  /**
   * Limit the norm of the guided prediction to that of the positive one. Default false.
   */
  cfg_normalization?: boolean;
  /**
   * Turn guidance off once 1 − sigma exceeds this value. Default 1: never.
   */
  cfg_truncation?: number;
  /**
   * Image to start from. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   */
  image?: string;
  /**
   * How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1.
   */
  strength?: number;
  /**
   * Marks the part of image to redraw; the rest is kept. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   */
  mask?: string;
  /**
   * Which parts of the mask mark what is redrawn: white, black or transparent ones. Default white.
   */
  mask_mode?: "white" | "black" | "transparent";
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: "feather" | "hard" | "none";
  /**
   * Takes image for the photo of a product and keeps the product's own pixels. It is cut out along its transparency, by mask, or from a plain background; a photo that allows none of these fails with no_cutout. The size is that of the canvas. product_psnr of the finished file is at least 45 dB, or the job fails.
   */
  product?: {
    /**
     * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
     */
    background?: "drawn" | "white";
    /**
     * Share of the canvas that the product's longer side takes. Default 0.85.
     */
    fill?: number;
    /**
     * Edge of the canvas that the product is moved to, up to the margin. Default center.
     */
    anchor?: "center" | "top" | "bottom" | "left" | "right";
  };
  /**
   * Part of image, in shares of its width and height, that becomes the whole image. Nothing is drawn; it costs as much as one step.
   */
  crop?: {
    x: number;
    y: number;
    width: number;
    height: number;
  };
  /**
   * Images that the prompt refers to, in order; for models with the Omni architecture. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   *
   * @minItems 1
   * @maxItems 4
   */
  references?: string[];
  /**
   * LoRAs to apply to the model; their effects add up.
   *
   * @maxItems 8
   */
  loras?: {
    /**
     * Id of a LoRA that GET /v1/adapters lists, in the workers' folder or the account's own.
     */
    id?: string;
    /**
     * In place of id: the https URL of a LoRA file, or a Hugging Face repository. The file is fetched once and then belongs to the account.
     */
    path?: string;
    /**
     * Weight of the LoRA. Default 1.
     */
    scale?: number;
  }[];
  /**
   * Guide the composition by a control image. With image and mask, a ControlNet trained for it inpaints the masked part.
   */
  controlnet?: {
    /**
     * Id of a ControlNet in the worker's catalogue.
     */
    id: string;
    /**
     * Control image: edges, depth or pose, according to the ControlNet. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
     */
    image: string;
    /**
     * Weight of the ControlNet. Default 0.75.
     */
    scale?: number;
    /**
     * Share of the steps before it begins to act. Default 0.
     */
    start?: number;
    /**
     * Share of the steps after which it stops acting. Default 1.
     */
    end?: number;
    /**
     * Preprocessing of the control image: canny detects its edges, none uses it as is. Default none.
     */
    preprocess?: "none" | "canny";
  };
  /**
   * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
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
    /**
     * Whether the file says how it was drawn: prompt, seed and settings, as AUTOMATIC1111's web UI writes them and as a request of this API. Default true; with false it only says that it is generated.
     */
    parameters?: boolean;
  };
  /**
   * Steps after drawing, in this order: size, the product put back, pure_white, format and max_bytes.
   */
  finish?: {
    /**
     * Make an almost white background, as far as it reaches from the border, exactly white.
     */
    pure_white?: boolean;
    /**
     * WIDTHxHEIGHT of the finished file, 64 to 4096, in the proportions of the image. It is drawn at size and scaled by Lanczos; a product is placed at this size.
     */
    size?: string;
    /**
     * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
     */
    max_bytes?: number;
  };
  /**
   * Measure the finished file: white border, fill, sharpness, dHash. Images of product and crop are always measured.
   */
  checks?: {
    /**
     * Lines that the image should show; what is read of them is compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
  };
  /**
   * With false nothing is kept once the response is delivered: links work once, images in base64 are gone with their response, and all that is left after an hour goes; the ledger's line and the record of what was made stay, without the prompt. Default true.
   */
  store?: boolean;
  /**
   * b64 includes the images as base64 in the response, beside their links. Default url.
   */
  response?: "url" | "b64";
  webhook?: {
    /**
     * https URL that is called when the job ends, signed according to Standard Webhooks.
     */
    url: string;
    /**
     * Event types to send. Default: all except job.started and job.progress.
     *
     * @maxItems 6
     */
    events?: ("job.started" | "job.progress" | "job.succeeded" | "job.failed" | "job.canceled" | "job.expired")[];
  };
  /**
   * Labels returned with the job and usable as filters: at most 16, with keys of 64 and values of 512 characters.
   */
  metadata?: {
    [k: string]: string;
  };
  /**
   * Expire the job if it has not started within this many seconds.
   */
  deadline_s?: number;
  /**
   * Lane of the job: batch costs less and runs when no interactive job is waiting. Default interactive.
   */
  priority?: "interactive" | "batch";
  /**
   * Maximum price in whole micro-units; a job that would cost more is refused with 412.
   */
  max_cost?: number;
  /**
   * Initial latents instead of seeded noise: base64 of float32 little-endian [16, height/8, width/8].
   */
  latents?: string;
  /**
   * Image to draw again: prompt, seed and settings are taken from what its file says, unless this request gives them. The images that it was drawn from are not in it. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; written here, by AUTOMATIC1111's web UI or ComfyUI, or by a program that writes the same.
   */
  from_image: string;
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
   * Current place in the queue; null once the job has started, in webhooks, and in lists for all but the first 20 queued jobs of a page.
   */
  queue: {
    /**
     * 1 is next; null where the queue counts no positions, as on AWS.
     */
    position: number | null;
    /**
     * Estimated seconds until the job starts; null before the first image was generated here.
     */
    eta_s: number | null;
  } | null;
  /**
   * Steps done, of all images. Kept up to date while the job is followed or asked for: the first request for a job that runs may still find null, or an older step.
   */
  progress: {
    step: number;
    total: number;
  } | null;
  /**
   * Without those that were deleted.
   */
  images: JobImage[];
  error: {
    code: string;
    /**
     * In Chinese with Accept-Language: zh.
     */
    message: string;
  } | null;
  warnings: Warning[];
  /**
   * How often a worker has started the job.
   */
  attempts: number;
  /**
   * In whole micro-units (millionths of the currency); null if the job was submitted without a price.
   */
  cost: {
    /**
     * Price in whole micro-units; held until the job ends and charged when it succeeds.
     */
    amount: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    amount_decimal: string;
    /**
     * null until the job ends. A job canceled while a worker has it is charged for the steps begun.
     */
    charged: number | null;
    charged_decimal: string | null;
    currency: string;
    lane: "interactive" | "batch";
  } | null;
  /**
   * null until the job has succeeded.
   */
  usage: {
    gpu_ms: number;
    steps: number;
    megapixels: number;
  } | null;
  timings: {
    /**
     * From submission to first start.
     */
    queued_ms: number | null;
    inference_ms: number | null;
    /**
     * From submission to end.
     */
    total_ms: number | null;
  };
  params: JobParams;
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
  /**
   * As in /v1/images.
   */
  id: string;
  index: number;
  /**
   * Needs no header. Each GET of the job returns a fresh link.
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
  checks?: ImageChecks;
  /**
   * The file as base64, if the request had response: b64.
   */
  b64?: string;
}
/**
 * Measured on the file, where the request asks for it.
 */
export interface ImageChecks {
  /**
   * Of a frame of 2 % of the shorter side: pixels that are exactly white.
   */
  border_white_exact: number;
  /**
   * The same, pixels of 245 and more in all channels.
   */
  border_white: number;
  /**
   * Of the canvas, what the product's longer side takes; without product, all that is not white.
   */
  fill: number;
  /**
   * Variance of the Laplacian, on at most 512 pixels.
   */
  sharpness: number;
  /**
   * Shows one colour alone.
   */
  flat: boolean;
  /**
   * Difference hash, 64 bits in hex: images that look alike differ in few of them.
   */
  dhash: string;
  /**
   * That a lossy file was written with.
   */
  quality?: number;
  /**
   * What the product was cut out by.
   */
  cut_out?: "alpha" | "mask" | "background";
  /**
   * Pixels of the file to a pixel of the photo.
   */
  product_scale?: number;
  /**
   * Product in the file against its photo, in dB, without its outermost 2 pixels; 100 is identical.
   */
  product_psnr?: number;
  /**
   * Of each line of checks.text: characters to change, add or leave out in the line that was read for it.
   */
  text_distances?: number[];
  /**
   * Characters that were read and belong to none of these lines.
   */
  text_elsewhere?: number;
}
export interface Warning {
  /**
   * Stable code for programs; `unspecified` in jobs of earlier versions.
   */
  code: string;
  /**
   * For people; in Chinese with Accept-Language: zh.
   */
  message: string;
  /**
   * The field that it is about, as a dotted path.
   */
  param: string | null;
  /**
   * What the message is filled with, such as `nearest` of `unknown_object`: names in both languages.
   */
  values: {
    [k: string]:
      | string
      | number
      | {
          en: string;
          zh: string;
        }[];
  };
  /**
   * The image that it is about, where a job has several.
   */
  image?: number;
}
/**
 * Every value as it was used; submitting them again gives the same images. Latents and input images are links.
 *
 */
export interface JobParams {
  model: string;
  /**
   * Description of the image, in English or Chinese.
   */
  prompt: string;
  /**
   * What the image should not show. Effective only with guidance above 0.
   */
  negative_prompt?: string;
  /**
   * Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and no shift is applied. For models and LoRAs distilled to certain levels.
   *
   * @minItems 1
   * @maxItems 100
   */
  sigmas?: number[];
  /**
   * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
   */
  sampler?: "euler" | "heun" | "euler_ancestral";
  /**
   * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
   */
  shift?: number;
  /**
   * Limit the norm of the guided prediction to that of the positive one. Default false.
   */
  cfg_normalization: boolean;
  /**
   * Turn guidance off once 1 − sigma exceeds this value. Default 1: never.
   */
  cfg_truncation: number;
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: "feather" | "hard" | "none";
  /**
   * Takes image for the photo of a product and keeps the product's own pixels. It is cut out along its transparency, by mask, or from a plain background; a photo that allows none of these fails with no_cutout. The size is that of the canvas. product_psnr of the finished file is at least 45 dB, or the job fails.
   */
  product?: {
    /**
     * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
     */
    background?: "drawn" | "white";
    /**
     * Share of the canvas that the product's longer side takes. Default 0.85.
     */
    fill?: number;
    /**
     * Edge of the canvas that the product is moved to, up to the margin. Default center.
     */
    anchor?: "center" | "top" | "bottom" | "left" | "right";
  };
  /**
   * Part of image, in shares of its width and height, that becomes the whole image. Nothing is drawn; it costs as much as one step.
   */
  crop?: {
    x: number;
    y: number;
    width: number;
    height: number;
  };
  /**
   * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
   */
  upscale?: "none" | "lanczos" | "refine";
  /**
   * Steps after drawing, in this order: size, the product put back, pure_white, format and max_bytes.
   */
  finish?: {
    /**
     * Make an almost white background, as far as it reaches from the border, exactly white.
     */
    pure_white?: boolean;
    /**
     * WIDTHxHEIGHT of the finished file, 64 to 4096, in the proportions of the image. It is drawn at size and scaled by Lanczos; a product is placed at this size.
     */
    size?: string;
    /**
     * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
     */
    max_bytes?: number;
  };
  /**
   * Measure the finished file: white border, fill, sharpness, dHash. Images of product and crop are always measured.
   */
  checks?: {
    /**
     * Lines that the image should show; what is read of them is compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
  };
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
  mask_mode?: "white" | "black" | "transparent";
  reference_urls?: string[];
  loras?: {
    id: string;
    scale: number;
  }[];
  controlnet?: {
    id: string;
    image_url: string;
    scale: number;
    start?: number;
    end?: number;
    preprocess?: "none" | "canny";
  };
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
export interface ImageList {
  /**
   * Newest first; may be fewer than the limit before the last page, even none.
   */
  data: Image[];
  /**
   * null on the last page.
   */
  next_cursor: string | null;
}
export interface Image {
  /**
   * `img_…`. Requests take it in place of an image: image, mask, references.
   */
  id: string;
  object: "image";
  job_id: string;
  /**
   * Within the job, from 0.
   */
  index: number;
  /**
   * When the job was made; the list is sorted by it.
   */
  created_at: string;
  /**
   * When the image is deleted.
   */
  expires_at: string;
  model: string;
  width: number;
  height: number;
  format: "png" | "jpeg" | "webp" | "avif";
  bytes: number;
  /**
   * The image's own: that of the job, plus its index.
   */
  seed: number;
  /**
   * Of an image of a catalogue run.
   */
  run_id: string | null;
  /**
   * metadata.sku, which catalogue runs set.
   */
  sku: string | null;
  metadata: {
    [k: string]: string;
  };
  /**
   * The file. Needs no header; each response has a fresh link.
   */
  url: string;
  url_expires_at: string;
  /**
   * WebP, no side longer than that; the file itself where it is no larger, or has no thumbnail. Links that stay the same and work until expires_at, so that they can be cached.
   */
  thumbnails: {
    "256": string;
    "512": string;
  };
  /**
   * Its first 300 characters.
   */
  prompt: string;
}
export interface ImageDays {
  /**
   * Images of all days.
   */
  total: number;
  /**
   * Latest first, without days that have no image.
   */
  data: {
    /**
     * UTC, such as 2026-01-31.
     */
    day: string;
    images: number;
  }[];
}
export interface ImageDetail {
  /**
   * `img_…`. Requests take it in place of an image: image, mask, references.
   */
  id: string;
  object: "image";
  job_id: string;
  /**
   * Within the job, from 0.
   */
  index: number;
  /**
   * When the job was made; the list is sorted by it.
   */
  created_at: string;
  /**
   * When the image is deleted.
   */
  expires_at: string;
  model: string;
  width: number;
  height: number;
  format: "png" | "jpeg" | "webp" | "avif";
  bytes: number;
  /**
   * The image's own: that of the job, plus its index.
   */
  seed: number;
  /**
   * Of an image of a catalogue run.
   */
  run_id: string | null;
  /**
   * metadata.sku, which catalogue runs set.
   */
  sku: string | null;
  metadata: {
    [k: string]: string;
  };
  /**
   * The file. Needs no header; each response has a fresh link.
   */
  url: string;
  url_expires_at: string;
  /**
   * WebP, no side longer than that; the file itself where it is no larger, or has no thumbnail. Links that stay the same and work until expires_at, so that they can be cached.
   */
  thumbnails: {
    "256": string;
    "512": string;
  };
  prompt: string;
  sha256: string;
  content_type: string;
  params: JobParams;
  checks?: ImageChecks1;
}
export interface ImageChecks1 {
  /**
   * Of a frame of 2 % of the shorter side: pixels that are exactly white.
   */
  border_white_exact: number;
  /**
   * The same, pixels of 245 and more in all channels.
   */
  border_white: number;
  /**
   * Of the canvas, what the product's longer side takes; without product, all that is not white.
   */
  fill: number;
  /**
   * Variance of the Laplacian, on at most 512 pixels.
   */
  sharpness: number;
  /**
   * Shows one colour alone.
   */
  flat: boolean;
  /**
   * Difference hash, 64 bits in hex: images that look alike differ in few of them.
   */
  dhash: string;
  /**
   * That a lossy file was written with.
   */
  quality?: number;
  /**
   * What the product was cut out by.
   */
  cut_out?: "alpha" | "mask" | "background";
  /**
   * Pixels of the file to a pixel of the photo.
   */
  product_scale?: number;
  /**
   * Product in the file against its photo, in dB, without its outermost 2 pixels; 100 is identical.
   */
  product_psnr?: number;
  /**
   * Of each line of checks.text: characters to change, add or leave out in the line that was read for it.
   */
  text_distances?: number[];
  /**
   * Characters that were read and belong to none of these lines.
   */
  text_elsewhere?: number;
}
export interface DeletedImage {
  id: string;
  object: "image";
  deleted: true;
  /**
   * What is kept: the job with its prompt and parameters, its charge in the usage, the digests that POST /v1/verify finds a file by, and the copy of a catalogue run.
   */
  kept: ("job" | "usage" | "verification" | "run_copy")[];
}
export interface ShareRequest {
  /**
   * Seconds that the link works, at most until the image expires. Default 604800, a week.
   */
  expires_in?: number;
}
export interface ImageLink {
  object: "image_link";
  image_id: string;
  /**
   * Opens the image for whoever has it, without a key, until it expires or is deleted.
   */
  url: string;
  expires_at: string;
}
export interface PromptList {
  /**
   * Newest first.
   */
  data: Prompt[];
  /**
   * null on the last page.
   */
  next_cursor: string | null;
}
export interface Prompt {
  /**
   * `prompt_…`.
   */
  id: string;
  object: "prompt";
  name: string;
  /**
   * With {{variables}}.
   */
  text: string;
  negative: string | null;
  /**
   * The model that it is meant for; null: any.
   */
  model: string | null;
  /**
   * Fields of POST /v1/jobs that go with it.
   */
  settings: {
    size?: string;
    aspect_ratio?: string;
    n?: number;
    seed?: number;
    steps?: number;
    sampler?: string;
    shift?: number;
    guidance?: number;
    strength?: number;
    upscale?: string;
  };
  /**
   * Every variable of the text, with its default; empty: none.
   */
  variables: {
    [k: string]: string;
  };
  tags: string[];
  created_at: string;
  updated_at: string;
}
export interface PromptRequest {
  name: string;
  /**
   * The prompt. {{name}} is a variable: letters of any script, digits, _ and -, at most 40.
   */
  text: string;
  negative?: string;
  /**
   * Id or alias of the model that it is meant for.
   */
  model?: string;
  /**
   * Fields of POST /v1/jobs that go with it.
   */
  settings?: {
    /**
     * WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size.
     */
    size?: string;
    /**
     * Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.
     */
    aspect_ratio?: string;
    /**
     * Number of images; image i uses seed + i. Default 1.
     */
    n?: number;
    /**
     * The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported.
     */
    seed?: number;
    /**
     * Number of denoising steps. Default: the model's.
     */
    steps?: number;
    /**
     * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
     */
    sampler?: "euler" | "heun" | "euler_ancestral";
    /**
     * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
     */
    shift?: number;
    /**
     * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
     */
    guidance?: number;
    /**
     * How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1.
     */
    strength?: number;
    /**
     * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
     */
    upscale?: "none" | "lanczos" | "refine";
  };
  /**
   * What is in the variables until something else is written: at most 20, each one in the text.
   */
  variables?: {
    [k: string]: string;
  };
  /**
   * @maxItems 16
   */
  tags?: string[];
}
export interface PromptChange {
  name?: string;
  /**
   * The prompt. {{name}} is a variable: letters of any script, digits, _ and -, at most 40.
   */
  text?: string;
  /**
   * null removes it.
   */
  negative?: string | null;
  /**
   * null removes it.
   */
  model?: string | null;
  /**
   * In place of all settings that there are.
   */
  settings?: {
    /**
     * WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size.
     */
    size?: string;
    /**
     * Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.
     */
    aspect_ratio?: string;
    /**
     * Number of images; image i uses seed + i. Default 1.
     */
    n?: number;
    /**
     * The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported.
     */
    seed?: number;
    /**
     * Number of denoising steps. Default: the model's.
     */
    steps?: number;
    /**
     * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
     */
    sampler?: "euler" | "heun" | "euler_ancestral";
    /**
     * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
     */
    shift?: number;
    /**
     * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
     */
    guidance?: number;
    /**
     * How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1.
     */
    strength?: number;
    /**
     * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
     */
    upscale?: "none" | "lanczos" | "refine";
  };
  /**
   * In place of all that there are.
   */
  variables?: {
    [k: string]: string;
  };
  /**
   * @maxItems 16
   */
  tags?: string[];
}
export interface DeletedPrompt {
  id: string;
  object: "prompt";
  deleted: true;
}
export interface PromptLibrary {
  object: "prompt_library";
  /**
   * Day of its last change.
   */
  version: string;
  tips: {
    id: string;
    /**
     * The model that it is about.
     */
    model: string;
    /**
     * Tag of the prompts that it is about; null: all.
     */
    tag: string | null;
    text: {
      en: string;
      zh: string;
    };
  }[];
  data: LibraryPrompt[];
}
export interface LibraryPrompt {
  id: string;
  object: "library_prompt";
  /**
   * The model that it was written for.
   */
  model: string;
  /**
   * Ids of the models served here that it suits; empty: none.
   */
  served_by: string[];
  series: {
    en: string;
    zh: string;
  };
  name: {
    en: string;
    zh: string;
  };
  /**
   * With {{variables}}, the same in both languages.
   */
  text: {
    en: string;
    zh: string;
  };
  variables: {
    name: string;
    label: {
      en: string;
      zh: string;
    };
    default: {
      en: string;
      zh: string;
    };
  }[];
  /**
   * Fields of POST /v1/jobs that go with it.
   */
  settings: {
    size?: string;
    aspect_ratio?: string;
    n?: number;
    seed?: number;
    steps?: number;
    sampler?: string;
    shift?: number;
    guidance?: number;
    strength?: number;
    upscale?: string;
  };
  tags: string[];
  /**
   * An image drawn from its defaults, for everybody to see; null where none was drawn.
   */
  example_url: string | null;
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
  /**
   * It is deleted then. Seconds since the epoch.
   */
  expires_at: number;
  filename: string;
  purpose: string;
  status: "processed";
  status_details: null;
}
export interface FileList {
  object: "list";
  /**
   * In OpenAI's form.
   */
  data: UploadedFile[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
  /**
   * The same files, in Replicate's form.
   */
  results: ReplicateFile[];
  /**
   * The next page, for Replicate's clients.
   */
  next: string | null;
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
     * URL to use in inputs; needs no header.
     */
    get: string;
  };
}
export interface DeletedFile {
  id: string;
  object: "file";
  deleted: true;
}
export interface RunRequest {
  /**
   * Where the products come from.
   */
  source:
    | {
        /**
         * Id of an uploaded file.
         */
        file_id: string;
      }
    | {
        /**
         * https address of the file, at most 200 MB; fetched when the run is imported.
         */
        source_url: string;
      }
    | {
        /**
         * The products themselves: an object for each, by column.
         *
         * @minItems 1
         * @maxItems 1000
         */
        rows: {
          [k: string]: string | number | boolean | null;
        }[];
      };
  /**
   * An uploaded ZIP of photos that the table names, whatever their folders and the case of their names.
   */
  pictures?: {
    file_id: string;
  };
  /**
   * Address that photos are under which the table names by paths alone, as Magento's exports do.
   */
  media_base_url?: string;
  /**
   * Images drawn under one key are remembered: the same product again is drawn only when something about its image has changed. Default: default.
   */
  run_key?: string;
  /**
   * Default: the first model of GET /v1/models.
   */
  model?: string;
  /**
   * Ready-made shots. Give presets or shots.
   */
  preset?:
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )[];
  /**
   * The images that are wanted of each product.
   *
   * @minItems 1
   * @maxItems 12
   */
  shots?: {
    /**
     * Names the shot in files and in the next run: main, detail …
     */
    id: string;
    /**
     * draw makes the image from words alone; restyle draws over the product's photo and changes the product; keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.
     */
    method: "draw" | "restyle" | "keep_product" | "crop";
    /**
     * Pixels of the finished file. Default: the model's default size.
     */
    size?: string;
    /**
     * Liquid template over the columns. Needed where anything is drawn.
     */
    prompt?: string;
    /**
     * Names that the templates use though the file may have no such column; they are empty then.
     *
     * @maxItems 20
     */
    optional?: string[];
    /**
     * Liquid template of what the image should not show.
     */
    negative?: string;
    /**
     * For restyle: how far to depart from the photo.
     */
    strength?: number;
    /**
     * For keep_product: what is around the product, its share of the canvas and its place.
     */
    product?: {
      /**
       * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
       */
      background?: "drawn" | "white";
      /**
       * Share of the canvas that the product's longer side takes. Default 0.85.
       */
      fill?: number;
      /**
       * Edge of the canvas that the product is moved to, up to the margin. Default center.
       */
      anchor?: "center" | "top" | "bottom" | "left" | "right";
    };
    /**
     * For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes first. Default: the middle 35 %.
     */
    crop?: {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    /**
     * Steps after drawing: pure_white, max_bytes. The size is the shot's.
     */
    finish?: {
      /**
       * Make an almost white background, as far as it reaches from the border, exactly white.
       */
      pure_white?: boolean;
      /**
       * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
       */
      max_bytes?: number;
    };
    steps?: number;
    guidance?: number;
    /**
     * Default jpeg.
     */
    format?: "png" | "jpeg" | "webp" | "avif";
    quality?: number;
    /**
     * Variations of each image. Default 1.
     */
    n?: number;
    /**
     * Liquid templates of the lines that the image should show; compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
    /**
     * Liquid template of the alternative text.
     */
    alt?: string;
    /**
     * Only for products whose column has this value.
     */
    when?: {
      column: string;
      equals?: string;
      filled?: boolean;
    };
    /**
     * For a product without photo where the method needs one. Default fail.
     */
    fallback?: "fail" | "draw" | "skip";
  }[];
  /**
   * Columns by what they hold; what is left out is found by names and values, and null is left without a column.
   */
  mapping?: {
    sku?: string | null;
    title?: string | null;
    image?: string | null;
    description?: string | null;
    color?: string | null;
    category?: string | null;
    brand?: string | null;
    price?: string | null;
    barcode?: string | null;
    material?: string | null;
    size?: string | null;
    mask?: string | null;
  };
  /**
   * The shop's export that the file is; found when left out.
   */
  profile?: string;
  encoding?: string;
  /**
   * Of columns in several languages, as Akeneo has them, this one is used. Default: Accept-Language.
   */
  language?: string;
  sheet?: string;
  header_row?: number;
  /**
   * SKUs that occur twice. Default refuse.
   */
  duplicates?: "refuse" | "suffix";
  /**
   * Pattern of file names over {sku} {shot} {n} {version} {handle} {asin} {barcode}, or amazon.
   */
  naming?: string;
  /**
   * File names of ASCII letters alone. Default false.
   */
  ascii_names?: boolean;
  /**
   * per_sku gives each product and shot a seed of its own that stays the same. Default per_sku.
   */
  seeds?:
    | "per_sku"
    | {
        fixed: number;
      }
    | {
        column: string;
      };
  /**
   * Images that somebody has to approve before they are published or exported: none of them, those that a check speaks against, all, or those and a random sample of 200. Default flagged.
   */
  review?: "none" | "flagged" | "all" | "sample";
  /**
   * Marketplaces whose numbers (white border, fill, sides, bytes, format) are put beside those of the images; an image that misses one is reviewed. Names ending in _main are for shots whose id begins with main.
   *
   * @maxItems 7
   */
  marketplaces?: ("amazon_main" | "taobao_main" | "jd_main" | "pinduoduo" | "temu" | "tiktok_shop" | "google")[];
  /**
   * Compare how much of the canvas the products of a category take in a shot; an image that is off the median by more than 10 % of the canvas is reviewed. Default false.
   */
  consistent_scale?: boolean;
  /**
   * What is drawn although nothing about it has changed: nothing, all, or some products. What failed or was rejected is drawn again in any case. Default changed.
   */
  redraw?:
    | ("changed" | "all")
    | {
        /**
         * @minItems 1
         * @maxItems 1000
         */
        skus: string[];
      };
  /**
   * Micro-units that the run may cost; it pauses before it would exceed them.
   */
  max_cost?: number;
  accept_warnings?: boolean;
  /**
   * Begin as soon as the file is read. Default false: look first, then start.
   */
  start?: boolean;
  webhook?: {
    /**
     * https URL that is told of this run alone, signed according to Standard Webhooks.
     */
    url: string;
    /**
     * Event types to send. Default: all except run.progress.
     *
     * @maxItems 7
     */
    events?: (
      "run.ready" | "run.progress" | "run.paused" | "run.review_ready" | "run.completed" | "run.failed" | "run.canceled"
    )[];
  };
  /**
   * Labels of your own, which the run and its jobs keep.
   */
  metadata?: {
    [k: string]: string;
  };
}
export interface Run {
  /**
   * `run_…`
   */
  id: string;
  object: "run";
  status:
    | "importing"
    | "ready"
    | "running"
    | "paused"
    | "canceling"
    | "finishing"
    | "completed"
    | "failed"
    | "expired"
    | "canceled";
  run_key: string;
  /**
   * Why no further image is begun.
   */
  paused: {
    code: string;
    message: string;
    since: string;
  } | null;
  /**
   * Why the file or the plan cannot be used.
   */
  problem: {
    code: string;
    message: string;
    message_zh: string;
    line: number | null;
    column: string | null;
  } | null;
  counts: {
    products: number;
    /**
     * Images wanted: products times shots.
     */
    tasks: number;
    /**
     * Drawn before and still right: they cost nothing.
     */
    unchanged: number;
    new: number;
    changed: {
      prompt: number;
      photo: number;
      settings: number;
    };
    redrawn: number;
    /**
     * Tasks that cannot be drawn, by code.
     */
    refused: {
      [k: string]: number;
    };
    skipped: number;
    to_draw: number;
    drawn: number;
    failed: number;
    under_way: number;
    /**
     * Images that had to be looked at when the run ended; null before. The review has what is left.
     */
    to_review: number | null;
  };
  cost: {
    /**
     * Micro-units of all that is to be drawn.
     */
    quoted: number;
    quoted_decimal: string;
    charged: number;
    charged_decimal: string;
    max: number | null;
    /**
     * Of the images that are left, those that the account's balance pays for; null for an account without limits, once the run is over, and in lists and webhooks.
     */
    balance_lasts_for: number | null;
    currency: string;
  };
  webhook: {
    url: string;
    /**
     * Empty: all except run.progress.
     */
    events: string[];
  } | null;
  /**
   * What the shots do to the product.
   */
  warnings: string[];
  /**
   * The file has so many irregular rows that start must be told accept_warnings; see its report.
   */
  needs_acceptance: boolean;
  metadata: {
    [k: string]: string;
  };
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * Seconds that its images take at the pace of the last minutes; null where nothing was drawn, and in lists.
   */
  eta_s: number | null;
  /**
   * Next action for the caller.
   */
  next: string;
}
export interface RunList {
  object: "list";
  data: Run[];
  has_more: boolean;
}
export interface DeletedRun {
  id: string;
  object: "run";
  deleted: true;
}
export interface RunReport {
  object: "run.report";
  file: {
    kind: string;
    encoding: string | null;
    delimiter: string | null;
    sheet: string | null;
    sheets: string[];
    /**
     * Lines of the header, from 1.
     */
    header_rows: number[];
    columns: string[];
    records: number;
  };
  profile: {
    id: string;
    name: string;
    confidence: number;
  };
  products: number;
  /**
   * Rows that are products and cannot be drawn, by code.
   */
  refused: {
    [k: string]: number;
  };
  /**
   * Rows that are no products, by kind.
   */
  skipped: {
    [k: string]: number;
  };
  mapping: {
    field: string;
    column: string | null;
    samples: string[];
    chosen_by: string | null;
    others: {
      column: string;
      samples: string[];
    }[];
  }[];
  /**
   * Names under which templates use the columns.
   */
  names: {
    column: string;
    name: string;
  }[];
  warnings: {
    code: string;
    count: number;
    lines: number[];
    message: string;
    message_zh: string;
  }[];
  sample_products: {
    line: number;
    sku: string;
    fields: {
      [k: string]: string;
    };
    photo: string | null;
  }[];
  needs_acceptance: boolean;
}
export interface RunMapping {
  /**
   * Where the products come from.
   */
  source?:
    | {
        /**
         * Id of an uploaded file.
         */
        file_id: string;
      }
    | {
        /**
         * https address of the file, at most 200 MB; fetched when the run is imported.
         */
        source_url: string;
      }
    | {
        /**
         * The products themselves: an object for each, by column.
         *
         * @minItems 1
         * @maxItems 1000
         */
        rows: {
          [k: string]: string | number | boolean | null;
        }[];
      };
  /**
   * An uploaded ZIP of photos that the table names, whatever their folders and the case of their names.
   */
  pictures?: {
    file_id: string;
  };
  /**
   * Columns by what they hold; what is left out is found by names and values, and null is left without a column.
   */
  mapping?: {
    sku?: string | null;
    title?: string | null;
    image?: string | null;
    description?: string | null;
    color?: string | null;
    category?: string | null;
    brand?: string | null;
    price?: string | null;
    barcode?: string | null;
    material?: string | null;
    size?: string | null;
    mask?: string | null;
  };
  /**
   * The shop's export that the file is; found when left out.
   */
  profile?: string;
  /**
   * Address that photos are under which the table names by paths alone, as Magento's exports do.
   */
  media_base_url?: string;
  encoding?: string;
  /**
   * Of columns in several languages, as Akeneo has them, this one is used. Default: Accept-Language.
   */
  language?: string;
  sheet?: string;
  header_row?: number;
  /**
   * SKUs that occur twice. Default refuse.
   */
  duplicates?: "refuse" | "suffix";
  /**
   * The images that are wanted of each product.
   *
   * @minItems 1
   * @maxItems 12
   */
  shots?: {
    /**
     * Names the shot in files and in the next run: main, detail …
     */
    id: string;
    /**
     * draw makes the image from words alone; restyle draws over the product's photo and changes the product; keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.
     */
    method: "draw" | "restyle" | "keep_product" | "crop";
    /**
     * Pixels of the finished file. Default: the model's default size.
     */
    size?: string;
    /**
     * Liquid template over the columns. Needed where anything is drawn.
     */
    prompt?: string;
    /**
     * Names that the templates use though the file may have no such column; they are empty then.
     *
     * @maxItems 20
     */
    optional?: string[];
    /**
     * Liquid template of what the image should not show.
     */
    negative?: string;
    /**
     * For restyle: how far to depart from the photo.
     */
    strength?: number;
    /**
     * For keep_product: what is around the product, its share of the canvas and its place.
     */
    product?: {
      /**
       * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
       */
      background?: "drawn" | "white";
      /**
       * Share of the canvas that the product's longer side takes. Default 0.85.
       */
      fill?: number;
      /**
       * Edge of the canvas that the product is moved to, up to the margin. Default center.
       */
      anchor?: "center" | "top" | "bottom" | "left" | "right";
    };
    /**
     * For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes first. Default: the middle 35 %.
     */
    crop?: {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    /**
     * Steps after drawing: pure_white, max_bytes. The size is the shot's.
     */
    finish?: {
      /**
       * Make an almost white background, as far as it reaches from the border, exactly white.
       */
      pure_white?: boolean;
      /**
       * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
       */
      max_bytes?: number;
    };
    steps?: number;
    guidance?: number;
    /**
     * Default jpeg.
     */
    format?: "png" | "jpeg" | "webp" | "avif";
    quality?: number;
    /**
     * Variations of each image. Default 1.
     */
    n?: number;
    /**
     * Liquid templates of the lines that the image should show; compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
    /**
     * Liquid template of the alternative text.
     */
    alt?: string;
    /**
     * Only for products whose column has this value.
     */
    when?: {
      column: string;
      equals?: string;
      filled?: boolean;
    };
    /**
     * For a product without photo where the method needs one. Default fail.
     */
    fallback?: "fail" | "draw" | "skip";
  }[];
  /**
   * Pattern of file names over {sku} {shot} {n} {version} {handle} {asin} {barcode}, or amazon.
   */
  naming?: string;
  /**
   * File names of ASCII letters alone. Default false.
   */
  ascii_names?: boolean;
  /**
   * Images that somebody has to approve before they are published or exported: none of them, those that a check speaks against, all, or those and a random sample of 200. Default flagged.
   */
  review?: "none" | "flagged" | "all" | "sample";
  /**
   * Marketplaces whose numbers (white border, fill, sides, bytes, format) are put beside those of the images; an image that misses one is reviewed. Names ending in _main are for shots whose id begins with main.
   *
   * @maxItems 7
   */
  marketplaces?: ("amazon_main" | "taobao_main" | "jd_main" | "pinduoduo" | "temu" | "tiktok_shop" | "google")[];
  /**
   * Compare how much of the canvas the products of a category take in a shot; an image that is off the median by more than 10 % of the canvas is reviewed. Default false.
   */
  consistent_scale?: boolean;
  /**
   * Images drawn under one key are remembered: the same product again is drawn only when something about its image has changed. Default: default.
   */
  run_key?: string;
  /**
   * Default: the first model of GET /v1/models.
   */
  model?: string;
  /**
   * Micro-units that the run may cost; it pauses before it would exceed them.
   */
  max_cost?: number;
  object: "run.mapping";
}
export interface RunMappingRequest {
  /**
   * Columns by what they hold; what is left out is found by names and values, and null is left without a column.
   */
  mapping?: {
    sku?: string | null;
    title?: string | null;
    image?: string | null;
    description?: string | null;
    color?: string | null;
    category?: string | null;
    brand?: string | null;
    price?: string | null;
    barcode?: string | null;
    material?: string | null;
    size?: string | null;
    mask?: string | null;
  };
  /**
   * The shop's export that the file is; found when left out.
   */
  profile?: string;
  /**
   * Address that photos are under which the table names by paths alone, as Magento's exports do.
   */
  media_base_url?: string;
  encoding?: string;
  /**
   * Of columns in several languages, as Akeneo has them, this one is used. Default: Accept-Language.
   */
  language?: string;
  sheet?: string;
  header_row?: number;
  /**
   * SKUs that occur twice. Default refuse.
   */
  duplicates?: "refuse" | "suffix";
  /**
   * Ready-made shots. Give presets or shots.
   */
  preset?:
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )[];
  /**
   * The images that are wanted of each product.
   *
   * @minItems 1
   * @maxItems 12
   */
  shots?: {
    /**
     * Names the shot in files and in the next run: main, detail …
     */
    id: string;
    /**
     * draw makes the image from words alone; restyle draws over the product's photo and changes the product; keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.
     */
    method: "draw" | "restyle" | "keep_product" | "crop";
    /**
     * Pixels of the finished file. Default: the model's default size.
     */
    size?: string;
    /**
     * Liquid template over the columns. Needed where anything is drawn.
     */
    prompt?: string;
    /**
     * Names that the templates use though the file may have no such column; they are empty then.
     *
     * @maxItems 20
     */
    optional?: string[];
    /**
     * Liquid template of what the image should not show.
     */
    negative?: string;
    /**
     * For restyle: how far to depart from the photo.
     */
    strength?: number;
    /**
     * For keep_product: what is around the product, its share of the canvas and its place.
     */
    product?: {
      /**
       * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
       */
      background?: "drawn" | "white";
      /**
       * Share of the canvas that the product's longer side takes. Default 0.85.
       */
      fill?: number;
      /**
       * Edge of the canvas that the product is moved to, up to the margin. Default center.
       */
      anchor?: "center" | "top" | "bottom" | "left" | "right";
    };
    /**
     * For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes first. Default: the middle 35 %.
     */
    crop?: {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    /**
     * Steps after drawing: pure_white, max_bytes. The size is the shot's.
     */
    finish?: {
      /**
       * Make an almost white background, as far as it reaches from the border, exactly white.
       */
      pure_white?: boolean;
      /**
       * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
       */
      max_bytes?: number;
    };
    steps?: number;
    guidance?: number;
    /**
     * Default jpeg.
     */
    format?: "png" | "jpeg" | "webp" | "avif";
    quality?: number;
    /**
     * Variations of each image. Default 1.
     */
    n?: number;
    /**
     * Liquid templates of the lines that the image should show; compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
    /**
     * Liquid template of the alternative text.
     */
    alt?: string;
    /**
     * Only for products whose column has this value.
     */
    when?: {
      column: string;
      equals?: string;
      filled?: boolean;
    };
    /**
     * For a product without photo where the method needs one. Default fail.
     */
    fallback?: "fail" | "draw" | "skip";
  }[];
  /**
   * Pattern of file names over {sku} {shot} {n} {version} {handle} {asin} {barcode}, or amazon.
   */
  naming?: string;
  /**
   * File names of ASCII letters alone. Default false.
   */
  ascii_names?: boolean;
  /**
   * Images that somebody has to approve before they are published or exported: none of them, those that a check speaks against, all, or those and a random sample of 200. Default flagged.
   */
  review?: "none" | "flagged" | "all" | "sample";
  accept_warnings?: boolean;
  /**
   * Marketplaces whose numbers (white border, fill, sides, bytes, format) are put beside those of the images; an image that misses one is reviewed. Names ending in _main are for shots whose id begins with main.
   *
   * @maxItems 7
   */
  marketplaces?: ("amazon_main" | "taobao_main" | "jd_main" | "pinduoduo" | "temu" | "tiktok_shop" | "google")[];
  /**
   * Compare how much of the canvas the products of a category take in a shot; an image that is off the median by more than 10 % of the canvas is reviewed. Default false.
   */
  consistent_scale?: boolean;
}
export interface RunPreviewRequest {
  /**
   * Ready-made shots. Give presets or shots.
   */
  preset?:
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )
    | (
        | "main_white"
        | "main_white_draw"
        | "main_white_draw_zh"
        | "lifestyle"
        | "lifestyle_zh"
        | "flat_lay"
        | "detail"
        | "poster_zh"
        | "poster_en"
      )[];
  /**
   * The images that are wanted of each product.
   *
   * @minItems 1
   * @maxItems 12
   */
  shots?: {
    /**
     * Names the shot in files and in the next run: main, detail …
     */
    id: string;
    /**
     * draw makes the image from words alone; restyle draws over the product's photo and changes the product; keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.
     */
    method: "draw" | "restyle" | "keep_product" | "crop";
    /**
     * Pixels of the finished file. Default: the model's default size.
     */
    size?: string;
    /**
     * Liquid template over the columns. Needed where anything is drawn.
     */
    prompt?: string;
    /**
     * Names that the templates use though the file may have no such column; they are empty then.
     *
     * @maxItems 20
     */
    optional?: string[];
    /**
     * Liquid template of what the image should not show.
     */
    negative?: string;
    /**
     * For restyle: how far to depart from the photo.
     */
    strength?: number;
    /**
     * For keep_product: what is around the product, its share of the canvas and its place.
     */
    product?: {
      /**
       * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
       */
      background?: "drawn" | "white";
      /**
       * Share of the canvas that the product's longer side takes. Default 0.85.
       */
      fill?: number;
      /**
       * Edge of the canvas that the product is moved to, up to the margin. Default center.
       */
      anchor?: "center" | "top" | "bottom" | "left" | "right";
    };
    /**
     * For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes first. Default: the middle 35 %.
     */
    crop?: {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    /**
     * Steps after drawing: pure_white, max_bytes. The size is the shot's.
     */
    finish?: {
      /**
       * Make an almost white background, as far as it reaches from the border, exactly white.
       */
      pure_white?: boolean;
      /**
       * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
       */
      max_bytes?: number;
    };
    steps?: number;
    guidance?: number;
    /**
     * Default jpeg.
     */
    format?: "png" | "jpeg" | "webp" | "avif";
    quality?: number;
    /**
     * Variations of each image. Default 1.
     */
    n?: number;
    /**
     * Liquid templates of the lines that the image should show; compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
    /**
     * Liquid template of the alternative text.
     */
    alt?: string;
    /**
     * Only for products whose column has this value.
     */
    when?: {
      column: string;
      equals?: string;
      filled?: boolean;
    };
    /**
     * For a product without photo where the method needs one. Default fail.
     */
    fallback?: "fail" | "draw" | "skip";
  }[];
  /**
   * Products. Default 4.
   */
  n?: number;
}
export interface RunPreview {
  object: "list";
  data: {
    sku: string;
    shot: string;
    line: number;
    status: "draw" | "unchanged" | "failed" | "skipped";
    /**
     * Why it would be drawn: fresh, prompt, photo, settings or redrawn.
     */
    change: string | null;
    prompt: string | null;
    alt: string | null;
    /**
     * Names without extension.
     */
    files: string[];
    /**
     * Micro-units.
     */
    price: number;
    problem: {
      code: string;
      message: string;
      message_zh: string;
      line: number | null;
      column: string | null;
    } | null;
  }[];
}
export interface RunStartRequest {
  accept_warnings?: boolean;
  /**
   * Micro-units that the run may cost from its beginning on; null takes the limit away. Default: as it was.
   */
  max_cost?: number | null;
}
export interface RunResumeRequest {
  /**
   * Micro-units that the run may cost from its beginning on; null takes the limit away. Default: as it was.
   */
  max_cost?: number | null;
}
export interface RunRowList {
  object: "list";
  data: RunRow[];
  /**
   * For the next page; null after the last.
   */
  next_cursor: string | null;
}
export interface RunRow {
  /**
   * Names the image in every run: `SKU#shot`.
   */
  task: string;
  number: number;
  /**
   * Line of the product in the file.
   */
  line: number;
  sku: string;
  shot: string;
  /**
   * Raised each time the image is asked for again.
   */
  version: number;
  status: "drawn" | "unchanged" | "failed" | "skipped" | "waiting";
  /**
   * Why it is drawn: fresh, prompt, photo, settings or redrawn.
   */
  change: string | null;
  method: string | null;
  prompt: string | null;
  alt: string | null;
  /**
   * Link to the photo that the image is made from; it needs no key, for a day.
   */
  photo_url: string | null;
  error: {
    code: string;
    message: string;
  } | null;
  /**
   * null where there is no image.
   */
  review: {
    state: "auto_ok" | "needs_review" | "approved" | "rejected";
    /**
     * Reasons to look at the image, the gravest first.
     */
    flags: string[];
    reason: string | null;
    note: string | null;
    decided_at: string | null;
  } | null;
  files: {
    name: string;
    /**
     * Variation, from 1.
     */
    n: number;
    /**
     * Link that needs no key, for a day.
     */
    url: string;
    /**
     * Permanent address, of an image that is published.
     */
    public_url: string | null;
    width: number;
    height: number;
    bytes: number;
    sha256: string;
    seed: number;
    /**
     * Numbers measured on the file.
     */
    checks: ImageChecks1 | null;
    /**
     * The numbers beside those of the run's marketplaces. They say nothing about what is not measured.
     */
    findings: {
      marketplace: string;
      rule: string;
      wanted: string;
      /**
       * Empty where it was not measured.
       */
      measured: string;
      verdict: "pass" | "fail" | "unknown";
      /**
       * Where the wanted number was read.
       */
      source: string;
      /**
       * When; marketplaces change their numbers.
       */
      checked_on: string;
    }[];
  }[];
  job_id: string | null;
  /**
   * Micro-units.
   */
  cost: number;
}
export interface RunFailureList {
  object: "list";
  data: {
    code: string;
    count: number;
    /**
     * Of the first of them.
     */
    message: string;
    /**
     * Lines of the file; the first twenty.
     */
    lines: number[];
    /**
     * They failed while they were drawn: POST /v1/runs/{id}/retry draws them again.
     */
    can_retry: boolean;
  }[];
}
export interface RunReviewList {
  object: "list";
  data: RunRow[];
  /**
   * For the next page; null after the last.
   */
  next_cursor: string | null;
  counts: {
    auto_ok: number;
    needs_review: number;
    approved: number;
    rejected: number;
  };
  /**
   * Share of images that would be rejected, from 0 to 1, with a probability of 95 %.
   */
  estimate: {
    /**
     * Images of the random sample that were decided on.
     */
    looked_at: number;
    rejected: number;
    low: number;
    high: number;
  } | null;
}
export interface RunReviewRequest {
  /**
   * Tasks by their names, `SKU#shot`.
   *
   * @minItems 1
   * @maxItems 1000
   */
  tasks?: string[];
  /**
   * In place of tasks: all images in this state.
   */
  state?: "auto_ok" | "needs_review" | "approved" | "rejected";
  decision: "approve" | "reject";
  /**
   * Of a rejection.
   */
  reason?: "product" | "colour" | "text" | "background" | "cropped" | "other";
  note?: string;
  /**
   * Draw what is rejected once more, as a new version at the price of a new image. Default false.
   */
  regenerate?:
    | boolean
    | {
        seed?: number;
        strength?: number;
        prompt_suffix?: string;
      };
}
export interface RunReviewResult {
  object: "run.review";
  decided: number;
  /**
   * Images that are drawn once more, each as a new job at its price.
   */
  drawn_again: number;
  run: Run;
}
export interface RunRetryRequest {
  /**
   * Codes of the errors. Default: all.
   *
   * @minItems 1
   * @maxItems 50
   */
  reasons?: string[];
  /**
   * Default: all products.
   *
   * @minItems 1
   * @maxItems 1000
   */
  skus?: string[];
}
export interface RunRetryResult {
  object: "run.retry";
  drawn_again: number;
  /**
   * Failed before there was an image to draw, by code: correct the file and make another run.
   */
  left_out: {
    [k: string]: number;
  };
  run: Run;
}
export interface RunPublishRequest {
  /**
   * approved publishes what somebody has approved; not_rejected also what nobody had to look at. Default not_rejected.
   */
  only?: "approved" | "not_rejected";
  /**
   * Default: all.
   *
   * @minItems 1
   * @maxItems 12
   */
  shots?: string[];
  /**
   * Default: all.
   *
   * @minItems 1
   * @maxItems 1000
   */
  tasks?: string[];
  /**
   * `next_cursor` of the call before.
   */
  cursor?: string;
}
export interface RunPublication {
  object: "run.publication";
  /**
   * Images that have a public address from now on.
   */
  published: number;
  /**
   * Images that had one.
   */
  already: number;
  /**
   * Images that were rejected, or have to be reviewed first.
   */
  held: number;
  withdrawn: number;
  /**
   * For the next page; null after the last.
   */
  next_cursor: string | null;
}
export interface RunExportRequest {
  channel: "shopify" | "shopify_legacy" | "woocommerce" | "google" | "magento" | "prestashop";
  /**
   * New images behind those of the shop, or in front of them. Default append.
   */
  mode?: "append" | "front";
  /**
   * All images again, not only those that the channel has not been given yet.
   */
  full?: boolean;
  /**
   * As in publish. Default not_rejected.
   */
  only?: "approved" | "not_rejected";
}
export interface RunExport {
  object: "run.export";
  channel: string;
  files: {
    name: string;
    url: string;
    bytes: number;
  }[];
  products: number;
  /**
   * Images that the files name: those that this channel has not been given yet.
   */
  images: number;
  /**
   * Images without a public address: publish them first.
   */
  held: number;
  left_out: {
    sku: string;
    shot: string;
    reason: string;
  }[];
  /**
   * What to look at before the import.
   */
  notes: string[];
  how_to_import: string;
}
export interface ProfileList {
  object: "list";
  data: {
    id: string;
    name: string;
    /**
     * The file is of this kind when one of each list is a column.
     */
    recognised_by: string[][];
    sku: string[];
    /**
     * Columns that join the rows of one product.
     */
    product_key: string[];
    photos: string[];
    fields: {
      [k: string]: string[];
    };
  }[];
}
export interface PresetList {
  object: "list";
  data: {
    name: string;
    shot: {
      /**
       * Names the shot in files and in the next run: main, detail …
       */
      id: string;
      /**
       * draw makes the image from words alone; restyle draws over the product's photo and changes the product; keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.
       */
      method: "draw" | "restyle" | "keep_product" | "crop";
      /**
       * Pixels of the finished file. Default: the model's default size.
       */
      size?: string;
      /**
       * Liquid template over the columns. Needed where anything is drawn.
       */
      prompt?: string;
      /**
       * Names that the templates use though the file may have no such column; they are empty then.
       *
       * @maxItems 20
       */
      optional?: string[];
      /**
       * Liquid template of what the image should not show.
       */
      negative?: string;
      /**
       * For restyle: how far to depart from the photo.
       */
      strength?: number;
      /**
       * For keep_product: what is around the product, its share of the canvas and its place.
       */
      product?: {
        /**
         * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
         */
        background?: "drawn" | "white";
        /**
         * Share of the canvas that the product's longer side takes. Default 0.85.
         */
        fill?: number;
        /**
         * Edge of the canvas that the product is moved to, up to the margin. Default center.
         */
        anchor?: "center" | "top" | "bottom" | "left" | "right";
      };
      /**
       * For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes first. Default: the middle 35 %.
       */
      crop?: {
        x: number;
        y: number;
        width: number;
        height: number;
      };
      /**
       * Steps after drawing: pure_white, max_bytes. The size is the shot's.
       */
      finish?: {
        /**
         * Make an almost white background, as far as it reaches from the border, exactly white.
         */
        pure_white?: boolean;
        /**
         * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
         */
        max_bytes?: number;
      };
      steps?: number;
      guidance?: number;
      /**
       * Default jpeg.
       */
      format?: "png" | "jpeg" | "webp" | "avif";
      quality?: number;
      /**
       * Variations of each image. Default 1.
       */
      n?: number;
      /**
       * Liquid templates of the lines that the image should show; compared where a text reader is configured.
       *
       * @minItems 1
       * @maxItems 8
       */
      text?: string[];
      /**
       * Liquid template of the alternative text.
       */
      alt?: string;
      /**
       * Only for products whose column has this value.
       */
      when?: {
        column: string;
        equals?: string;
        filled?: boolean;
      };
      /**
       * For a product without photo where the method needs one. Default fail.
       */
      fallback?: "fail" | "draw" | "skip";
    };
  }[];
}
export interface RunKey {
  object: "run_key";
  key: string;
  /**
   * Images of products that are remembered, each with its variations.
   */
  tasks: number;
  images: number;
  bytes: number;
  approved: number;
  rejected: number;
  published: number;
  /**
   * When the latest of them was drawn.
   */
  drawn_at: string | null;
}
export interface DeletedRunKey {
  key: string;
  object: "run_key";
  /**
   * false: there was much to delete; the same call goes on.
   */
  deleted: boolean;
}
export interface WebhookEndpointRequest {
  /**
   * Public https URL on port 443 or 8443.
   */
  url: string;
  /**
   * Event types to send. Empty or absent: all except job.started, job.progress and run.progress.
   *
   * @maxItems 15
   */
  events?: (
    | "job.started"
    | "job.progress"
    | "job.succeeded"
    | "job.failed"
    | "job.canceled"
    | "job.expired"
    | "run.ready"
    | "run.progress"
    | "run.paused"
    | "run.review_ready"
    | "run.completed"
    | "run.failed"
    | "run.canceled"
    | "balance.low"
    | "webhook_endpoint.disabled"
  )[];
  description?: string;
  /**
   * If false, messages are logged as skipped and can be replayed later.
   */
  enabled?: boolean;
}
export interface WebhookEndpoint {
  id: string;
  object: "webhook_endpoint";
  url: string;
  description: string;
  /**
   * Empty: all events except job.started, job.progress and run.progress.
   */
  events: string[];
  enabled: boolean;
  /**
   * Why the endpoint was disabled automatically. gone: it responded 410. failing: a message failed for three days and no other was delivered.
   */
  disabled_reason: ("gone" | "failing") | null;
  disabled_at: string | null;
  /**
   * Until then messages are also signed with the previous secret.
   */
  secret_rotates_until: string | null;
  created_at: string;
  /**
   * Only in the response to the request that created it.
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
   * Public https URL on port 443 or 8443.
   */
  url?: string;
  /**
   * Event types to send. Empty or absent: all except job.started, job.progress and run.progress.
   *
   * @maxItems 15
   */
  events?: (
    | "job.started"
    | "job.progress"
    | "job.succeeded"
    | "job.failed"
    | "job.canceled"
    | "job.expired"
    | "run.ready"
    | "run.progress"
    | "run.paused"
    | "run.review_ready"
    | "run.completed"
    | "run.failed"
    | "run.canceled"
    | "balance.low"
    | "webhook_endpoint.disabled"
  )[];
  description?: string;
  /**
   * If false, messages are logged as skipped and can be replayed later.
   */
  enabled?: boolean;
}
export interface WebhookDelivery {
  /**
   * Value of the webhook-id header; the same for every attempt.
   */
  id: string;
  object: "webhook_delivery";
  type: string;
  /**
   * disabled: the endpoint responded 410 or was deleted. skipped: the endpoint was disabled.
   */
  status: "pending" | "sending" | "delivered" | "failed" | "disabled" | "skipped";
  job_id: string | null;
  /**
   * null for a job's own webhook.
   */
  endpoint_id: string | null;
  /**
   * URL at the time the message was created; messages are sent to the endpoint's current URL.
   */
  url: string;
  /**
   * Attempts since the message was created or last redelivered.
   */
  attempts: number;
  next_attempt_at: string | null;
  created_at: string;
  /**
   * Results of the last ten attempts, oldest first.
   */
  responses: {
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
  /**
   * In the response for one message alone: the body as it would be sent now, at most 64 KB. null where its job is no longer stored, or it is larger.
   */
  payload?: {
    [k: string]: unknown;
  } | null;
  /**
   * @deprecated
   * Former name of responses.
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
   * Replay messages created since then; ISO 8601 with a time zone.
   */
  since: string;
  /**
   * all includes messages already delivered. Default undelivered.
   */
  which?: "undelivered" | "all";
}
export interface WebhookReplay {
  /**
   * Number of messages that will be sent again.
   */
  count: number;
  /**
   * Set if there are more messages: replay again from this time.
   */
  next_since: string | null;
}
export interface WebhookHealth {
  object: "webhook_health";
  /**
   * `default`: the webhooks of single jobs.
   */
  endpoint_id: string;
  /**
   * Attempts of each hour, the oldest first, by the state that they left the message in.
   */
  hours: {
    at: string;
    attempts: {
      [k: string]: number;
    };
  }[];
}
export interface Verification {
  object: "verification";
  /**
   * Whether this service made the image, as far as can be told from the file.
   */
  made_here: boolean;
  /**
   * What the image was recognised by: bytes, the file is what was delivered; signature, its content credentials were signed here, and it still shows what was signed; look, it shows an image that was made here, though its bytes are others and it carries no signature of ours; watermark, the mark in its pixels names this deployment and one of its jobs.
   */
  match: ("bytes" | "signature" | "look" | "watermark") | null;
  /**
   * For match look: bits of 256 in which the perceptual hashes differ, at most 20; null otherwise.
   */
  differing_bits: number | null;
  /**
   * Whether the file is as it was delivered; null where it is not known to be from here.
   */
  unchanged: boolean | null;
  /**
   * SHA-256 of the file, in hexadecimal.
   */
  sha256: string;
  /**
   * Content credentials (C2PA) of the file.
   */
  credentials: {
    /**
     * intact: the signature holds for the file as it is; changed: it holds, and the file was changed since; invalid: it does not hold; none: there are no credentials; not_read: this deployment, or a request by sha256, does not read them.
     */
    state: "intact" | "changed" | "invalid" | "none" | "not_read";
    /**
     * Whether the certificate that signed is this deployment's.
     */
    signed_here: boolean;
    /**
     * Id of the C2PA manifest.
     */
    manifest: string | null;
    /**
     * Program that signed, as the manifest names it.
     */
    generator: string | null;
  };
  /**
   * The image, if the calling key belongs to the account that made it; null for others.
   */
  image: {
    /**
     * Id of the job.
     */
    job: string;
    /**
     * Number of the image in its job; null where a watermark names the job of several images.
     */
    index: number | null;
    model: string;
    created_at: string;
  } | null;
}
export interface VerifyRequest {
  /**
   * The file to check: a data URL, an https address, or the id of an uploaded file.
   */
  image: string;
}
export interface ServiceState {
  object: "operations";
  /**
   * When this was read: it is kept for two seconds.
   */
  at: string;
  lanes: {
    lane: "interactive" | "batch";
    waiting: number;
    running: number;
    /**
     * Age of the oldest job that waits; null where none is known.
     */
    oldest_age_s: number | null;
  }[];
  models: {
    id: string;
    workers: number;
    seconds_per_job: number | null;
  }[];
  workers: {
    id: string;
    model: string;
    /**
     * Whether it holds a job.
     */
    state: "drawing" | "idle";
    /**
     * The job that it draws.
     */
    job_id: string | null;
    /**
     * cpu, cuda or webgpu.
     */
    device: string | null;
    runtime: string | null;
    /**
     * What it keeps in memory, in one sentence.
     */
    plan: string | null;
    /**
     * Resident memory of the process, at most a minute ago.
     */
    memory_bytes: number | null;
    started_at: string | null;
    /**
     * A worker that is not heard of for ten minutes is left out.
     */
    last_seen_at: string;
    /**
     * In this hour and the one before.
     */
    images_last_hour: number;
    /**
     * Of the time that its jobs took; null while none is counted.
     */
    seconds_per_image: number | null;
  }[];
  images: {
    /**
     * Oldest first. The last half minute of a busy worker may be missing.
     */
    per_minute: {
      at: string;
      images: number;
    }[];
    total: number;
  };
  /**
   * From acceptance to the start of drawing, of jobs that succeeded in this hour and the one before.
   */
  wait: {
    p50_s: number;
    p95_s: number;
    jobs: number;
  } | null;
  /**
   * Jobs that failed or expired in the last 24 hours, by the code of their error.
   */
  failures: {
    code: string;
    count: number;
  }[];
  /**
   * Attempts in each of the last 24 hours, by the state that they left the message in.
   */
  webhooks: {
    at: string;
    attempts: {
      [k: string]: number;
    };
  }[];
  /**
   * Of at most the first 1,000 accounts; unlimited ones count with what they have spent, below zero.
   */
  accounts: {
    count: number;
    /**
     * Whole micro-units: millionths of the currency.
     */
    available: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    available_decimal: string;
    /**
     * Whole micro-units: millionths of the currency.
     */
    held: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    held_decimal: string;
    open_jobs: number;
    currency: string;
  };
  /**
   * Tables of prices, in micro-units per megapixel and network call.
   */
  prices: {
    effective_from: string;
    in_force: boolean;
    rates: {
      model: string;
      interactive: number;
      batch: number;
    }[];
  }[];
}
export interface Quote {
  object: "quote";
  /**
   * Charge if every job succeeds, in whole micro-units.
   */
  amount: number;
  /**
   * The same amount in whole units of the currency, as a decimal string.
   */
  amount_decimal: string;
  currency: string;
  unit_prices: {
    model: string;
    lane: "interactive" | "batch";
    /**
     * Per megapixel and network call, in whole micro-units: a step without guidance is one call, with guidance two.
     */
    per_megapixel_step: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    per_megapixel_step_decimal: string;
  }[];
  breakdown: {
    model: string;
    width: number;
    height: number;
    n: number;
    steps: number;
    lane: "interactive" | "batch";
    /**
     * Number of jobs with these parameters.
     */
    jobs: number;
    /**
     * Price of all of them, in whole micro-units.
     */
    amount: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    amount_decimal: string;
  }[];
  /**
   * Of all jobs, each once, 20 at most: nothing has been submitted yet.
   */
  warnings: Warning[];
  /**
   * Time at which the price table came into force.
   */
  prices_of: string;
  /**
   * Estimated seconds until all jobs would end if submitted now, without later submissions; null before the first image was generated here.
   */
  eta_s: number | null;
  /**
   * Until then, the same body is charged exactly this amount.
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
   * Total of all groups, in whole micro-units.
   */
  charged: number;
  /**
   * The same amount in whole units of the currency, as a decimal string.
   */
  charged_decimal: string;
  data: {
    /**
     * The day, key id, model or label; of several, with commas between.
     */
    group: string;
    /**
     * The same one by one, in the order of group_by.
     */
    groups: string[];
    jobs: number;
    succeeded: number;
    images: number;
    steps: number;
    megapixels: number;
    /**
     * Whole micro-units: millionths of the currency.
     */
    charged: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    charged_decimal: string;
  }[];
}
export interface Balance {
  object: "balance";
  currency: string;
  /**
   * Amount that can be spent, in whole micro-units (millionths of the currency). Negative only when unlimited.
   */
  available: number;
  /**
   * The same amount in whole units of the currency, as a decimal string.
   */
  available_decimal: string;
  /**
   * Amount held for open jobs, in whole micro-units.
   */
  held: number;
  /**
   * The same amount in whole units of the currency, as a decimal string.
   */
  held_decimal: string;
  open_jobs: number;
  /**
   * Jobs are accepted whatever the balance: the account is billed later, or runs on its own machine.
   */
  unlimited: boolean;
  /**
   * Spent or held in this calendar month (UTC), in whole micro-units.
   */
  spent_this_month: number;
  /**
   * The same amount in whole units of the currency, as a decimal string.
   */
  spent_this_month_decimal: string;
  /**
   * In whole micro-units.
   */
  monthly_cap: number | null;
  monthly_cap_decimal: string | null;
}
export interface OwnKey {
  id: string;
  object: "key";
  name: string;
  /**
   * The first characters of the key.
   */
  hint: string;
  /**
   * What the key may do; * is all but accounts:admin.
   */
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  /**
   * Of the key itself; those of its account apply too.
   */
  limits: {
    requests_per_minute?: number | null;
    /**
     * Maximum number of open jobs.
     */
    max_open_jobs?: number | null;
    /**
     * Spending cap per calendar month (UTC), in whole micro-units.
     */
    monthly_cap?: number | null;
  };
  account: {
    id: string;
    name: string;
    /**
     * Jobs are accepted whatever the balance: the account is billed later, or runs on its own machine.
     */
    unlimited: boolean;
    limits: {
      requests_per_minute?: number | null;
      /**
       * Maximum number of open jobs.
       */
      max_open_jobs?: number | null;
      /**
       * Spending cap per calendar month (UTC), in whole micro-units.
       */
      monthly_cap?: number | null;
    };
  };
  /**
   * Null for a key without the scope usage:read.
   */
  balance: Balance | null;
}
export interface KeyList {
  data: Key[];
}
export interface Key {
  id: string;
  object: "key";
  name: string;
  /**
   * The first characters of the key.
   */
  hint: string;
  scopes: string[];
  limits: {
    requests_per_minute?: number | null;
    /**
     * Maximum number of open jobs.
     */
    max_open_jobs?: number | null;
    /**
     * Spending cap per calendar month (UTC), in whole micro-units.
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s: number | null;
  /**
   * False: the files of this key's images never say how they were drawn, whatever a request asks for.
   */
  parameters_in_file: boolean;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * Rounded to the hour.
   */
  last_used_at: string | null;
  /**
   * During a rotation: when the previous value stops working.
   */
  previous_value_until: string | null;
  /**
   * The key itself; only in the response that created it.
   */
  value?: string;
}
export interface KeyRequest {
  /**
   * Display name.
   */
  name?: string;
  /**
   * A subset of the calling key's scopes. Default: all of them.
   *
   * @minItems 1
   * @maxItems 12
   */
  scopes?: (
    | "*"
    | "jobs:write"
    | "jobs:read"
    | "files:read"
    | "files:write"
    | "images:verify"
    | "models:read"
    | "webhooks:read"
    | "webhooks:write"
    | "usage:read"
    | "keys:admin"
    | "accounts:admin"
  )[];
  /**
   * Default: the key does not expire.
   */
  expires_at?: string;
  limits?: {
    requests_per_minute?: number | null;
    /**
     * Maximum number of open jobs.
     */
    max_open_jobs?: number | null;
    /**
     * Spending cap per calendar month (UTC), in whole micro-units.
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s?: number | null;
  /**
   * False: the files of this key's images never say how they were drawn, whatever a request asks for.
   */
  parameters_in_file?: boolean;
}
export interface KeyChange {
  /**
   * Display name.
   */
  name?: string;
  /**
   * Only the fields given are changed; null removes one.
   */
  limits?: {
    requests_per_minute?: number | null;
    /**
     * Maximum number of open jobs.
     */
    max_open_jobs?: number | null;
    /**
     * Spending cap per calendar month (UTC), in whole micro-units.
     */
    monthly_cap?: number | null;
  };
  /**
   * For so many seconds after a response, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0, or null, the default, is no window.
   */
  deduplication_window_s?: number | null;
  /**
   * False: the files of this key's images never say how they were drawn, whatever a request asks for.
   */
  parameters_in_file?: boolean;
}
export interface KeyRotation {
  /**
   * Seconds for which the old value stays valid. Default 86400.
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
     * The balance may become negative.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * @deprecated
     * Without effect: accounts take equal turns. Accepted because older clients send it.
     */
    weight?: number | null;
    /**
     * Available micro-units below which a balance.low event is sent to the account's webhook endpoints.
     */
    low_balance?: number | null;
    /**
     * Customer id in the billing system.
     */
    meter_customer?: string | null;
  };
  balance: {
    currency: string;
    /**
     * Whole micro-units: millionths of the currency.
     */
    available: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    available_decimal: string;
    /**
     * Whole micro-units: millionths of the currency.
     */
    held: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    held_decimal: string;
    open_jobs: number;
    /**
     * Whole micro-units: millionths of the currency.
     */
    spent_this_month: number;
    /**
     * The same amount in whole units of the currency, as a decimal string.
     */
    spent_this_month_decimal: string;
  };
}
export interface AccountRequest {
  name?: string;
  terms?: {
    /**
     * The balance may become negative.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * @deprecated
     * Without effect: accounts take equal turns. Accepted because older clients send it.
     */
    weight?: number | null;
    /**
     * Available micro-units below which a balance.low event is sent to the account's webhook endpoints.
     */
    low_balance?: number | null;
    /**
     * Customer id in the billing system.
     */
    meter_customer?: string | null;
  };
}
export interface AccountChange {
  /**
   * Only the fields given are changed; null removes one.
   */
  terms: {
    /**
     * The balance may become negative.
     */
    unlimited?: boolean | null;
    monthly_cap?: number | null;
    requests_per_minute?: number | null;
    max_open_jobs?: number | null;
    /**
     * @deprecated
     * Without effect: accounts take equal turns. Accepted because older clients send it.
     */
    weight?: number | null;
    /**
     * Available micro-units below which a balance.low event is sent to the account's webhook endpoints.
     */
    low_balance?: number | null;
    /**
     * Customer id in the billing system.
     */
    meter_customer?: string | null;
  };
}
export interface CreditRequest {
  /**
   * Whole micro-units; a negative amount is a debit.
   */
  amount: number;
  /**
   * Invoice or payment; applied once per account.
   */
  reference: string;
  note?: string;
}
export interface ModerationRequest {
  /**
   * One text, several that are judged one by one, or OpenAI's parts of one input, of which only text is taken: images are judged when they are drawn.
   */
  input:
    | string
    | string[]
    | {
        type: "text";
        text: string;
      }[];
  /**
   * Accepted, but has no effect: the rules of this service apply.
   */
  model?: string;
}
export interface Moderation {
  id: string;
  model: string;
  results: {
    /**
     * Whether an image of this prompt would be refused.
     */
    flagged: boolean;
    categories: {
      harassment: boolean;
      "harassment/threatening": boolean;
      sexual: boolean;
      hate: boolean;
      "hate/threatening": boolean;
      illicit: boolean;
      "illicit/violent": boolean;
      "self-harm/intent": boolean;
      "self-harm/instructions": boolean;
      "self-harm": boolean;
      "sexual/minors": boolean;
      violence: boolean;
      "violence/graphic": boolean;
      people: boolean;
      brands: boolean;
      blocked: boolean;
      [k: string]: boolean;
    };
    /**
     * 0 to 1; a block list gives 1.
     */
    category_scores: {
      harassment: number;
      "harassment/threatening": number;
      sexual: number;
      hate: number;
      "hate/threatening": number;
      illicit: number;
      "illicit/violent": number;
      "self-harm/intent": number;
      "self-harm/instructions": number;
      "self-harm": number;
      "sexual/minors": number;
      violence: number;
      "violence/graphic": number;
      people: number;
      brands: number;
      blocked: number;
      [k: string]: number;
    };
    category_applied_input_types: {
      harassment: "text"[];
      "harassment/threatening": "text"[];
      sexual: "text"[];
      hate: "text"[];
      "hate/threatening": "text"[];
      illicit: "text"[];
      "illicit/violent": "text"[];
      "self-harm/intent": "text"[];
      "self-harm/instructions": "text"[];
      "self-harm": "text"[];
      "sexual/minors": "text"[];
      violence: "text"[];
      "violence/graphic": "text"[];
      people: "text"[];
      brands: "text"[];
      blocked: "text"[];
      [k: string]: "text"[];
    };
  }[];
}
export interface BlockList {
  object: "block_list";
  entries: {
    category:
      | "harassment"
      | "harassment/threatening"
      | "sexual"
      | "hate"
      | "hate/threatening"
      | "illicit"
      | "illicit/violent"
      | "self-harm/intent"
      | "self-harm/instructions"
      | "self-harm"
      | "sexual/minors"
      | "violence"
      | "violence/graphic"
      | "people"
      | "brands"
      | "blocked";
    phrases: (
      | string
      | {
          text: string;
          pinyin: string;
        }
    )[];
  }[];
  changed_at: string | null;
}
export interface BlockListRequest {
  /**
   * Replaces the whole list. None removes it; that of the deployment stays.
   *
   * @maxItems 50
   */
  entries: {
    /**
     * What a refusal names, and moderations flag.
     */
    category?:
      | "harassment"
      | "harassment/threatening"
      | "sexual"
      | "hate"
      | "hate/threatening"
      | "illicit"
      | "illicit/violent"
      | "self-harm/intent"
      | "self-harm/instructions"
      | "self-harm"
      | "sexual/minors"
      | "violence"
      | "violence/graphic"
      | "people"
      | "brands"
      | "blocked";
    /**
     * @minItems 1
     * @maxItems 1000
     */
    phrases: (
      | string
      | {
          /**
           * Found in any width, case and spacing, and with digits for letters; a Latin phrase as whole words, unless it ends in *.
           */
          text: string;
          /**
           * A syllable for each character, separated by spaces: er tong.
           */
          pinyin: string;
        }
    )[];
  }[];
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
   * Other names accepted in requests.
   */
  aliases: string[];
  family: "turbo" | "base";
  /**
   * True for random weights: images are noise.
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
     * Maximum prompt length in tokens; a longer prompt is truncated with a warning.
     */
    max_prompt_tokens: number;
    max_prompt_characters: number;
    /**
     * Images of one job.
     */
    max_images: number;
    /**
     * 0 where the model takes none.
     */
    max_references: number;
    /**
     * 0 where the model takes none.
     */
    max_loras: number;
  };
  /**
   * Sizes in pixels that the model was made for, the default one first. Others have a warning.
   */
  native_sizes: {
    width: number;
    height: number;
  }[];
  /**
   * Fields of a request that have an effect on this model here.
   */
  accepts: {
    guidance: boolean;
    negative_prompt: boolean;
    image: boolean;
    mask: boolean;
    references: boolean;
    loras: boolean;
    controlnet: boolean;
  };
  /**
   * Prompts that show what the model can do, in English and Chinese.
   */
  examples: {
    en: string;
    zh: string;
  }[];
  /**
   * All that the model knows, of a model that knows a list of things alone; null for any other.
   */
  vocabulary: {
    /**
     * How many it knows.
     */
    things: number;
    url: string;
  } | null;
  /**
   * Of the weights; `unknown` where their folder does not say.
   */
  license: string;
  /**
   * Where the weights come from.
   */
  source: string;
  /**
   * Commit of the source; of weights without one, sha256: and a digest of all files. null if unknown.
   */
  revision: string | null;
  /**
   * Price of a megapixel and network call in each lane, in micro-units of the currency; POST /v1/quotes prices a whole job.
   */
  pricing: {
    currency: string;
    effective_from: string;
    interactive: number;
    interactive_decimal: string;
    batch: number;
    batch_decimal: string;
  };
}
export interface ModelVocabulary {
  object: "vocabulary";
  model: string;
  /**
   * What the model draws, by name.
   */
  things: {
    en: string;
    zh: string;
  }[];
  /**
   * Colours of the background that a prompt can ask for.
   */
  backgrounds: {
    en: string;
    zh: string;
  }[];
}
export interface AdapterList {
  object: "list";
  loras: Adapter[];
  controlnets: Adapter[];
}
export interface Adapter {
  /**
   * Id that requests use, in loras or as controlnet.id.
   */
  id: string;
  object: "adapter";
  /**
   * Owner: service for adapters in the workers' folder, account for the account's own.
   */
  owner: "service" | "account";
  /**
   * Name of the file; only for the account's own adapters.
   */
  name?: string;
  bytes?: number;
  /**
   * The address it was fetched from, without its query, or what the file's metadata says.
   */
  source?: string | null;
  /**
   * Licence named in the file's metadata.
   */
  license: string | null;
  /**
   * `sha256:` and the file's; null until it has been computed.
   */
  revision: string | null;
  created_at?: string;
  /**
   * Rank of the low-rank matrices, if the adapter has any.
   */
  rank: number | null;
  /**
   * Base model named in the file's metadata.
   */
  base: string | null;
  /**
   * Hex SHA-256 of the file; null until it has been computed.
   */
  sha256: string | null;
  /**
   * Prompt words that trigger what it was trained on.
   */
  trigger_words: string[];
}
export interface AdapterRequest {
  /**
   * Address of a LoRA file at one of the hubs that people share them on.
   */
  url?: string;
  /**
   * Hugging Face repository with one LoRA file, in place of url.
   */
  repository?: string;
}
export interface AddedAdapter {
  /**
   * Id that requests use, in loras or as controlnet.id.
   */
  id: string;
  object: "adapter";
  /**
   * Owner: service for adapters in the workers' folder, account for the account's own.
   */
  owner: "service" | "account";
  /**
   * Name of the file; only for the account's own adapters.
   */
  name?: string;
  bytes?: number;
  /**
   * The address it was fetched from, without its query, or what the file's metadata says.
   */
  source?: string | null;
  /**
   * Licence named in the file's metadata.
   */
  license: string | null;
  /**
   * `sha256:` and the file's; null until it has been computed.
   */
  revision: string | null;
  created_at?: string;
  /**
   * Rank of the low-rank matrices, if the adapter has any.
   */
  rank: number | null;
  /**
   * Base model named in the file's metadata.
   */
  base: string | null;
  /**
   * Hex SHA-256 of the file; null until it has been computed.
   */
  sha256: string | null;
  /**
   * Prompt words that trigger what it was trained on.
   */
  trigger_words: string[];
  /**
   * What the file does not say, and what to send with it.
   */
  warnings: Warning[];
}
export interface DeletedAdapter {
  id: string;
  object: "adapter";
  deleted: true;
}
export interface WebhookSecret {
  /**
   * Secret that verifies webhook signatures: `whsec_` followed by base64.
   */
  key: string;
}
export interface RotatedWebhookSecret {
  /**
   * Secret that verifies webhook signatures: `whsec_` followed by base64.
   */
  key: string;
  /**
   * Until then messages are signed with the previous secret as well.
   */
  previous_until: string;
}
export interface Health {
  status: "ok" | "degraded";
  /**
   * With degraded: what is wrong, such as a full disk.
   */
  problems?: string[];
}
export interface Readiness {
  status: "ready" | "unready";
  /**
   * By name: items, queue and objects; disk where it is full.
   */
  checks: {
    [k: string]: {
      ok: boolean;
      ms: number;
    };
  };
}
export interface OpenAIBatchRequest {
  input_file_id: string;
  endpoint: "/v1/images/generations" | "/v1/images/edits";
  completion_window: "24h";
  metadata?: {
    [k: string]: string;
  } | null;
  /**
   * When the file is deleted. Default: after 30 days.
   */
  output_expires_after?: {
    anchor: "created_at";
    seconds: number;
  } | null;
}
export interface OpenAIBatch {
  /**
   * `batch_…`
   */
  id: string;
  object: "batch";
  endpoint: string;
  input_file_id: string;
  status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";
  completion_window: "24h";
  errors: {
    object: "list";
    data: {
      code: string;
      message: string;
      param: string | null;
      /**
       * Line of the input file, from 1.
       */
      line: number | null;
    }[];
  } | null;
  output_file_id: string | null;
  error_file_id: string | null;
  /**
   * Seconds since the epoch.
   */
  created_at: number;
  in_progress_at: number | null;
  /**
   * Seconds since the epoch.
   */
  expires_at: number;
  finalizing_at: number | null;
  completed_at: number | null;
  failed_at: number | null;
  expired_at: number | null;
  cancelling_at: number | null;
  cancelled_at: number | null;
  /**
   * total grows while the file is read (status validating).
   */
  request_counts: {
    total: number;
    completed: number;
    failed: number;
  };
  metadata: {
    [k: string]: string;
  };
  /**
   * Not in OpenAI's API. Why no further line is begun for now, such as insufficient_balance, spend_limit or service_unavailable. The batch tries again by itself, at least every five minutes, or at once with /resume.
   */
  paused: {
    code: string;
    message: string;
    /**
     * Seconds since the epoch.
     */
    since: number;
  } | null;
}
export interface OpenAIBatchList {
  object: "list";
  /**
   * Newest first.
   */
  data: OpenAIBatch[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}
export interface OpenAIUploadRequest {
  /**
   * Size of the whole file in bytes, at most 536870912.
   */
  bytes: number;
  filename: string;
  mime_type: string;
  purpose: string;
  /**
   * When the file is deleted. Default: after 30 days.
   */
  expires_after?: {
    anchor: "created_at";
    seconds: number;
  } | null;
}
export interface OpenAIUpload {
  /**
   * `upload_…`
   */
  id: string;
  object: "upload";
  /**
   * Total size of the parts in bytes.
   */
  bytes: number;
  /**
   * Seconds since the epoch.
   */
  created_at: number;
  /**
   * Parts are taken until then. Seconds since the epoch.
   */
  expires_at: number;
  filename: string;
  purpose: string;
  status: "pending" | "completed" | "cancelled";
  /**
   * The file, once the upload is completed.
   */
  file: UploadedFile | null;
}
export interface OpenAIUploadPart {
  /**
   * `part_…`
   */
  id: string;
  object: "upload.part";
  /**
   * Seconds since the epoch.
   */
  created_at: number;
  upload_id: string;
}
export interface PartLinkRequest {
  /**
   * Size of the part in bytes, exactly as it will be sent.
   */
  bytes: number;
}
export interface PartLink {
  /**
   * `part_…`
   */
  id: string;
  object: "upload.part";
  /**
   * Seconds since the epoch.
   */
  created_at: number;
  upload_id: string;
  method: "PUT";
  /**
   * Takes the part's bytes as its body, without an API key.
   */
  url: string;
  /**
   * To be sent with the part.
   */
  headers: {
    [k: string]: string;
  };
  /**
   * Seconds since the epoch.
   */
  expires_at: number;
}
export interface OpenAIUploadCompletion {
  /**
   * Ids of the parts, in the order of the file.
   *
   * @minItems 1
   * @maxItems 2000
   */
  part_ids: string[];
  /**
   * MD5 of the whole file, in hexadecimal.
   */
  md5?: string | null;
}
export interface OpenAIImageRequest {
  /**
   * Id or alias from GET /v1/models. Default: the first model in that list.
   */
  model?: string | null;
  /**
   * Description of the image, in English or Chinese.
   */
  prompt: string;
  /**
   * Number of images. Default 1.
   */
  n?: number | null;
  /**
   * WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. Default: with image, the closest supported size to it; otherwise the model's default size.
   */
  size?: string | null;
  /**
   * Image to start from.
   */
  image?: string | null;
  /**
   * Mask for image; its transparent parts are redrawn.
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
   * Respond with server-sent events; images are base64.
   */
  stream?: boolean | null;
  /**
   * Number of previews while streaming. Default 0.
   */
  partial_images?: number | null;
  /**
   * transparent is refused.
   */
  background?: ("opaque" | "auto" | "transparent") | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  quality?: ("low" | "medium" | "high" | "xhigh" | "max" | "auto" | "standard" | "hd") | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  moderation?: ("low" | "auto") | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  style?: ("vivid" | "natural") | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  complexity?: ("low" | "medium" | "high") | null;
  /**
   * high keeps more of image: its default strength is 0.4 in place of 0.6. Without effect on a mask, or where strength is given. Default low.
   */
  input_fidelity?: ("low" | "high") | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  user?: string | null;
  /**
   * Accepted, but has no effect; warnings name it.
   */
  safety_identifier?: string | null;
  /**
   * What the image should not show. Effective only with guidance above 0.
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
   * Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.
   */
  aspect_ratio?: string | null;
  /**
   * The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and −1: random, and reported.
   */
  seed?: number | null;
  /**
   * Number of denoising steps. Default: the model's.
   */
  steps?: number | null;
  /**
   * Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and no shift is applied. For models and LoRAs distilled to certain levels.
   */
  sigmas?: number[] | null;
  /**
   * How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with fresh noise in every step.
   */
  sampler?: ("euler" | "heun" | "euler_ancestral") | null;
  /**
   * Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base.
   */
  shift?: number | null;
  /**
   * Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).
   */
  guidance?: number | null;
  /**
   * Limit the norm of the guided prediction to that of the positive one. Default false.
   */
  cfg_normalization?: boolean | null;
  /**
   * Turn guidance off once 1 − sigma exceeds this value. Default 1: never.
   */
  cfg_truncation?: number | null;
  /**
   * How far to depart from image, above 0 to 1: the share of the steps that is run. Default 0.6; with a mask, 1.
   */
  strength?: number | null;
  /**
   * The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and fades over a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.
   */
  mask_blend?: ("feather" | "hard" | "none") | null;
  /**
   * Takes image for the photo of a product and keeps the product's own pixels. It is cut out along its transparency, by mask, or from a plain background; a photo that allows none of these fails with no_cutout. The size is that of the canvas. product_psnr of the finished file is at least 45 dB, or the job fails.
   */
  product?: {
    /**
     * drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, at the price of one step. Default drawn.
     */
    background?: "drawn" | "white";
    /**
     * Share of the canvas that the product's longer side takes. Default 0.85.
     */
    fill?: number;
    /**
     * Edge of the canvas that the product is moved to, up to the margin. Default center.
     */
    anchor?: "center" | "top" | "bottom" | "left" | "right";
  } | null;
  /**
   * Part of image, in shares of its width and height, that becomes the whole image. Nothing is drawn; it costs as much as one step.
   */
  crop?: {
    x: number;
    y: number;
    width: number;
    height: number;
  } | null;
  /**
   * Images that the prompt refers to, in order; for models with the Omni architecture. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
   */
  references?: string[] | null;
  /**
   * LoRAs to apply to the model; their effects add up.
   */
  loras?:
    | {
        /**
         * Id of a LoRA that GET /v1/adapters lists, in the workers' folder or the account's own.
         */
        id?: string;
        /**
         * In place of id: the https URL of a LoRA file, or a Hugging Face repository. The file is fetched once and then belongs to the account.
         */
        path?: string;
        /**
         * Weight of the LoRA. Default 1.
         */
        scale?: number;
      }[]
    | null;
  /**
   * Guide the composition by a control image. With image and mask, a ControlNet trained for it inpaints the masked part.
   */
  controlnet?: {
    /**
     * Id of a ControlNet in the worker's catalogue.
     */
    id: string;
    /**
     * Control image: edges, depth or pose, according to the ControlNet. A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.
     */
    image: string;
    /**
     * Weight of the ControlNet. Default 0.75.
     */
    scale?: number;
    /**
     * Share of the steps before it begins to act. Default 0.
     */
    start?: number;
    /**
     * Share of the steps after which it stops acting. Default 1.
     */
    end?: number;
    /**
     * Preprocessing of the control image: canny detects its edges, none uses it as is. Default none.
     */
    preprocess?: "none" | "canny";
  } | null;
  /**
   * Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which is priced as the steps that it takes. Default none.
   */
  upscale?: ("none" | "lanczos" | "refine") | null;
  /**
   * Steps after drawing, in this order: size, the product put back, pure_white, format and max_bytes.
   */
  finish?: {
    /**
     * Make an almost white background, as far as it reaches from the border, exactly white.
     */
    pure_white?: boolean;
    /**
     * WIDTHxHEIGHT of the finished file, 64 to 4096, in the proportions of the image. It is drawn at size and scaled by Lanczos; a product is placed at this size.
     */
    size?: string;
    /**
     * Lowers the quality of a lossy format down to 60 until the file has at most so many bytes.
     */
    max_bytes?: number;
  } | null;
  /**
   * Measure the finished file: white border, fill, sharpness, dHash. Images of product and crop are always measured.
   */
  checks?: {
    /**
     * Lines that the image should show; what is read of them is compared where a text reader is configured.
     *
     * @minItems 1
     * @maxItems 8
     */
    text?: string[];
  } | null;
  /**
   * With false nothing is kept once the response is delivered: links work once, images in base64 are gone with their response, and all that is left after an hour goes; the ledger's line and the record of what was made stay, without the prompt. Default true.
   */
  store?: boolean | null;
  /**
   * Labels returned with the job and usable as filters: at most 16, with keys of 64 and values of 512 characters.
   */
  metadata?: {
    [k: string]: string;
  } | null;
  /**
   * Expire the job if it has not started within this many seconds.
   */
  deadline_s?: number | null;
  /**
   * Lane of the job: batch costs less and runs when no interactive job is waiting. Default interactive.
   */
  priority?: ("interactive" | "batch") | null;
  /**
   * Maximum price in whole micro-units; a job that would cost more is refused with 412.
   */
  max_cost?: number | null;
  /**
   * Initial latents instead of seeded noise: base64 of float32 little-endian [16, height/8, width/8].
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
   * output_tokens is the number of the model's image tokens, one per 16 × 16 pixels. Prompt tokens are not counted.
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
  /**
   * Extension to OpenAI's API: warnings, such as parameters without effect.
   */
  warnings?: string[];
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
   * `urn:z-image:problem:` followed by the code.
   */
  type: string;
  title: string;
  status: number;
  /**
   * What was expected, what was received, and how to fix it. In Chinese with Accept-Language: zh.
   */
  detail: string;
  /**
   * Path of the request.
   */
  instance: string;
  /**
   * Stable error code for programs.
   */
  code: string;
  /**
   * The invalid field, as a dotted path.
   */
  param?: string;
  /**
   * The numbers and names in detail, such as `needed` and `available` of a balance.
   */
  values: {
    [k: string]: string | number | boolean | (string | number)[];
  };
  /**
   * Each field that is wrong.
   */
  errors: {
    param: string;
    code: string;
    message: string;
    values: {
      [k: string]: string | number | boolean | (string | number)[];
    };
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
    type: "invalid_request_error" | "image_generation_user_error" | "server_error";
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
  followAccount: { method: "GET", path: "/v1/events" },
  listImages: { method: "GET", path: "/v1/images" },
  countImages: { method: "GET", path: "/v1/images/days" },
  getImage: { method: "GET", path: "/v1/images/{id}" },
  deleteImage: { method: "DELETE", path: "/v1/images/{id}" },
  shareImage: { method: "POST", path: "/v1/images/{id}/share" },
  listPrompts: { method: "GET", path: "/v1/prompts" },
  createPrompt: { method: "POST", path: "/v1/prompts" },
  getPrompt: { method: "GET", path: "/v1/prompts/{id}" },
  changePrompt: { method: "PATCH", path: "/v1/prompts/{id}" },
  deletePrompt: { method: "DELETE", path: "/v1/prompts/{id}" },
  getPromptLibrary: { method: "GET", path: "/v1/prompts/library" },
  getPromptExample: { method: "GET", path: "/v1/prompts/library/{id}/example" },
  uploadFile: { method: "POST", path: "/v1/files" },
  listFiles: { method: "GET", path: "/v1/files" },
  getUploadedFile: { method: "GET", path: "/v1/files/{id}" },
  deleteFile: { method: "DELETE", path: "/v1/files/{id}" },
  getFile: { method: "GET", path: "/v1/files/{key}/content" },
  createRun: { method: "POST", path: "/v1/runs" },
  listRuns: { method: "GET", path: "/v1/runs" },
  getRun: { method: "GET", path: "/v1/runs/{id}" },
  deleteRun: { method: "DELETE", path: "/v1/runs/{id}" },
  getRunReport: { method: "GET", path: "/v1/runs/{id}/report" },
  getRunMapping: { method: "GET", path: "/v1/runs/{id}/mapping" },
  changeRunMapping: { method: "POST", path: "/v1/runs/{id}/mapping" },
  previewRun: { method: "POST", path: "/v1/runs/{id}/preview" },
  startRun: { method: "POST", path: "/v1/runs/{id}/start" },
  pauseRun: { method: "POST", path: "/v1/runs/{id}/pause" },
  resumeRun: { method: "POST", path: "/v1/runs/{id}/resume" },
  cancelRun: { method: "POST", path: "/v1/runs/{id}/cancel" },
  listRunRows: { method: "GET", path: "/v1/runs/{id}/rows" },
  listRunFailures: { method: "GET", path: "/v1/runs/{id}/failures" },
  listRunReview: { method: "GET", path: "/v1/runs/{id}/review" },
  reviewRun: { method: "POST", path: "/v1/runs/{id}/review" },
  retryRun: { method: "POST", path: "/v1/runs/{id}/retry" },
  publishRun: { method: "POST", path: "/v1/runs/{id}/publish" },
  unpublishRun: { method: "POST", path: "/v1/runs/{id}/unpublish" },
  exportRun: { method: "POST", path: "/v1/runs/{id}/export" },
  getRunManifest: { method: "GET", path: "/v1/runs/{id}/manifest.jsonl" },
  getRunManifestCsv: { method: "GET", path: "/v1/runs/{id}/manifest.csv" },
  getRunManifestXlsx: { method: "GET", path: "/v1/runs/{id}/manifest.xlsx" },
  getRunInput: { method: "GET", path: "/v1/runs/{id}/input.csv" },
  getRunSheet: { method: "GET", path: "/v1/runs/{id}/sheets/{number}" },
  getRunArchive: { method: "GET", path: "/v1/runs/{id}/archive.zip" },
  getRunArchivePart: { method: "GET", path: "/v1/runs/{id}/archives/{number}" },
  listProfiles: { method: "GET", path: "/v1/profiles" },
  listPresets: { method: "GET", path: "/v1/presets" },
  getRunKey: { method: "GET", path: "/v1/run-keys/{key}" },
  deleteRunKey: { method: "DELETE", path: "/v1/run-keys/{key}" },
  getPublicImage: { method: "GET", path: "/i/{path}" },
  createWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints" },
  listWebhookEndpoints: { method: "GET", path: "/v1/webhook-endpoints" },
  getWebhookEndpoint: { method: "GET", path: "/v1/webhook-endpoints/{id}" },
  updateWebhookEndpoint: { method: "PATCH", path: "/v1/webhook-endpoints/{id}" },
  deleteWebhookEndpoint: { method: "DELETE", path: "/v1/webhook-endpoints/{id}" },
  rotateWebhookSecret: { method: "POST", path: "/v1/webhook-endpoints/{id}/rotate-secret" },
  testWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints/{id}/test" },
  listDeliveries: { method: "GET", path: "/v1/webhook-endpoints/{id}/deliveries" },
  replayWebhookEndpoint: { method: "POST", path: "/v1/webhook-endpoints/{id}/replay" },
  getWebhookHealth: { method: "GET", path: "/v1/webhook-endpoints/{id}/health" },
  getDelivery: { method: "GET", path: "/v1/deliveries/{id}" },
  redeliver: { method: "POST", path: "/v1/deliveries/{id}/redeliver" },
  verifyDigest: { method: "GET", path: "/v1/verify" },
  verifyImage: { method: "POST", path: "/v1/verify" },
  getOperations: { method: "GET", path: "/v1/operations" },
  createQuote: { method: "POST", path: "/v1/quotes" },
  getUsage: { method: "GET", path: "/v1/usage" },
  getUsageCsv: { method: "GET", path: "/v1/usage.csv" },
  getBalance: { method: "GET", path: "/v1/balance" },
  getOwnKey: { method: "GET", path: "/v1/key" },
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
  createModeration: { method: "POST", path: "/v1/moderations" },
  getBlockList: { method: "GET", path: "/v1/block-list" },
  replaceBlockList: { method: "PUT", path: "/v1/block-list" },
  listModels: { method: "GET", path: "/v1/models" },
  getModel: { method: "GET", path: "/v1/models/{id}" },
  getModelVocabulary: { method: "GET", path: "/v1/vocabularies/{id}" },
  listAdapters: { method: "GET", path: "/v1/adapters" },
  addAdapter: { method: "POST", path: "/v1/adapters" },
  deleteAdapter: { method: "DELETE", path: "/v1/adapters/{id}" },
  getWebhookSecret: { method: "GET", path: "/v1/webhooks/default/secret" },
  rotateDefaultWebhookSecret: { method: "POST", path: "/v1/webhooks/default/secret/rotate" },
  getHealth: { method: "GET", path: "/healthz" },
  getReadiness: { method: "GET", path: "/readyz" },
  getOpenapi: { method: "GET", path: "/openapi.json" },
  getDocs: { method: "GET", path: "/docs" },
  createBatch: { method: "POST", path: "/v1/batches" },
  listBatches: { method: "GET", path: "/v1/batches" },
  getBatch: { method: "GET", path: "/v1/batches/{id}" },
  cancelBatch: { method: "POST", path: "/v1/batches/{id}/cancel" },
  resumeBatch: { method: "POST", path: "/v1/batches/{id}/resume" },
  createUpload: { method: "POST", path: "/v1/uploads" },
  addUploadPart: { method: "POST", path: "/v1/uploads/{id}/parts" },
  linkUploadPart: { method: "POST", path: "/v1/uploads/{id}/part-links" },
  completeUpload: { method: "POST", path: "/v1/uploads/{id}/complete" },
  cancelUpload: { method: "POST", path: "/v1/uploads/{id}/cancel" },
  generateImages: { method: "POST", path: "/v1/images/generations" },
} as const;
