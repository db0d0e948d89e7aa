import { type AccountEvent, type AccountEventOptions, followAccount } from "./account-events.ts";
import { Accounts } from "./accounts.ts";
import type {
  AdapterList,
  Balance,
  Model,
  ModelVocabulary,
  OwnKey,
  Quote,
  QuoteRequest,
  ServiceState,
  Usage,
  Verification,
} from "./api.ts";
import { Files, type UploadOptions } from "./files.ts";
import { type ClientOptions, type QueryOf, type RequestOptions, readJson, Transport } from "./http/transport.ts";
import { Images } from "./images.ts";
import { Jobs } from "./jobs.ts";
import { Keys } from "./keys.ts";
import { Prompts } from "./prompts.ts";
import { Runs } from "./runs.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";

/** Bytes of a file that fits a request. */
const mostInForm = 5_000_000;

/** A Z-Image API, for one API key. Errors are thrown as the classes of `errors.ts`. */
export class ZImageClient {
  readonly accounts: Accounts;
  readonly jobs: Jobs;
  readonly images: Images;
  readonly prompts: Prompts;
  readonly files: Files;
  readonly keys: Keys;
  readonly runs: Runs;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly #transport: Transport;

  /** @throws TypeError when an option makes no sense */
  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.accounts = new Accounts(this.#transport);
    this.jobs = new Jobs(this.#transport);
    this.images = new Images(this.#transport);
    this.prompts = new Prompts(this.#transport);
    this.files = new Files(this.#transport);
    this.keys = new Keys(this.#transport);
    this.runs = new Runs(this.#transport);
    this.webhookEndpoints = new WebhookEndpoints(this.#transport);
  }

  /** Price of a job, or of `{ jobs: [...] }`. Records nothing. */
  quote(request: QuoteRequest, options?: RequestOptions): Promise<Quote> {
    return this.#transport.call("createQuote", { body: request, repeatable: "always" }, options);
  }

  /** The key itself: its scopes, limits, account and, where it may read that, the balance. Works for every key. */
  key(options?: RequestOptions): Promise<OwnKey> {
    return this.#transport.call("getOwnKey", {}, options);
  }

  /**
   * The events of all jobs of the account, until `signal` aborts: over one connection, where a stream per job would use
   * up those that a browser allows. Ends by itself after `maxRetries` failures in a row.
   */
  events(options?: AccountEventOptions): AsyncGenerator<AccountEvent, void> {
    return followAccount(this.#transport, options);
  }

  balance(options?: RequestOptions): Promise<Balance> {
    return this.#transport.call("getBalance", {}, options);
  }

  /** Charges, from the ledger. */
  usage(query: NonNullable<QueryOf<"getUsage">> = {}, options?: RequestOptions): Promise<Usage> {
    return this.#transport.call("getUsage", { query }, options);
  }

  /** The same as CSV with a header row. */
  usageCsv(query: NonNullable<QueryOf<"getUsageCsv">> = {}, options?: RequestOptions): Promise<string> {
    return this.#transport.callRaw("getUsageCsv", { query }, (response) => response.text(), options);
  }

  /**
   * Whether an image was made by this service, and whether it was changed since. A file of more than 5 MB is uploaded
   * for that, and deleted.
   */
  async verify(file: Blob | Uint8Array<ArrayBuffer>, options: UploadOptions = {}): Promise<Verification> {
    const { filename = "image", contentType: type, ...rest } = options;
    const blob = file instanceof Blob ? file : new Blob([file], { type });
    if (blob.size > mostInForm) {
      const { id } = await this.files.upload(blob, { filename, ...rest });
      try {
        return await this.#transport.call("verifyImage", { body: { image: id }, repeatable: "always" }, rest);
      } finally {
        await this.files.delete(id, rest);
      }
    }
    const form = new FormData();
    form.append("file", blob, filename);
    const url = this.#transport.url("/v1/verify");
    return this.#transport.send(
      { method: "POST", url, body: form, repeatable: "always" },
      readJson<Verification>,
      rest,
    );
  }

  /** The same by the SHA-256 of the file, 64 hexadecimal digits: of a file as it was delivered. */
  verifyDigest(sha256: string, options?: RequestOptions): Promise<Verification> {
    return this.#transport.call("verifyDigest", { query: { sha256 } }, options);
  }

  /** The state of the service, for the operator's key. */
  operations(query: NonNullable<QueryOf<"getOperations">> = {}, options?: RequestOptions): Promise<ServiceState> {
    return this.#transport.call("getOperations", { query }, options);
  }

  /** The models served, the default first. */
  async models(options?: RequestOptions): Promise<readonly Model[]> {
    return (await this.#transport.call("listModels", {}, options)).data;
  }

  /** @param id - id or alias */
  model(id: string, options?: RequestOptions): Promise<Model> {
    return this.#transport.call("getModel", { id }, options);
  }

  /** All that a model knows; `NotFoundError` for a model whose `vocabulary` is null. */
  modelVocabulary(id: string, options?: RequestOptions): Promise<ModelVocabulary> {
    return this.#transport.call("getModelVocabulary", { id }, options);
  }

  /** LoRAs and ControlNets that requests may use. */
  adapters(options?: RequestOptions): Promise<AdapterList> {
    return this.#transport.call("listAdapters", {}, options);
  }
}
