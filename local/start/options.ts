import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { ModelParts } from "../../gpu-worker/weights/folder/named-parts.ts";
import { partHelp, partOptions, readParts } from "../../gpu-worker/weights/folder/part-options.ts";
import { readDeduplicationWindow } from "../../shared/access/deduplication-window.ts";
import { environment } from "../../shared/environment.ts";
import { type ModelAlias, readModelAliases } from "../../shared/model-catalog/model-aliases.ts";
import { type ModerationSettings, readModeration } from "../../shared/moderation/moderation-settings.ts";
import type { PriceList } from "../../shared/money/price-list.ts";
import { readPrices } from "../../shared/money/read-prices.ts";
import { readCorsOrigins } from "../../shared/net/cors-origins.ts";
import { addressKind } from "../../shared/net/public-address.ts";
import { UsageError } from "../../shared/process/command-line.ts";
import { readLogFormat } from "../../shared/process/log.ts";
import { wholeNumber } from "../../shared/process/whole-number.ts";
import { readTracingSettings, type TracingSettings } from "../../shared/tracing/open-tracing.ts";

export interface StartOptions {
  /** Folder of the checkpoint; absent: the small one of this repository. */
  readonly model?: string;
  /** Parts of it, in place of those that would be found. */
  readonly parts?: ModelParts;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly workers: number;
  /** The operator's own key, in place of a generated one. */
  readonly apiKey?: string;
  /** Deduplication window of the printed key; see `ApiKey`. @default unchanged, null at first */
  readonly deduplicationWindowS?: number | null;
  /** Address that clients reach this under, where that is not the one it listens on; without a trailing slash. */
  readonly publicUrl?: string;
  /** More names for the model. */
  readonly modelAliases: readonly ModelAlias[];
  /** Origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** Names of this machine under which browsers may open the page, beside its own and addresses. */
  readonly pageHosts: readonly string[];
  /** Requests to `/sdapi/v1` that bring no key count as those of the printed one. */
  readonly sdapiWithoutKey: boolean;
  readonly prices: PriceList;
  /** Rules for content. */
  readonly moderation: ModerationSettings;
  /** Opens `GET /metrics`. */
  readonly metricsToken?: string;
  /** Where spans are sent; absent: none are made. */
  readonly tracing?: TracingSettings;
  /** The billing system that charges are reported to. */
  readonly meter?: { readonly url: string; readonly apiKey: string; readonly eventName: string };
}

export const startHelp = `npm start -- [options]

Runs the whole pipeline on this machine: API, queue, GPU worker, store and webhooks.

  --model MODEL    what npm run models -- pull brought, by its name, or a checkpoint's path (default: zimage-tiny, which draws
                   400 objects)
${partHelp(19)}  --port N         where the API listens (PORT, default 8787; 0 takes a free one)
  --data-dir DIR   jobs, queue, images and the local key (DATA_DIR, default ./data)
  --workers N      worker processes (default 1; with 0 jobs wait for workers that others start)
  --deduplication-window-s N
                   of the key that is printed (DEDUPLICATION_WINDOW_S): for N seconds, up to 900, after the response, an equal
                   request without Idempotency-Key and without seed is given the same job again; 0 or auto, the default, is no
                   window; see docs/clients/retry.md
  --help           this text

Environment
  PORT, DATA_DIR, DEDUPLICATION_WINDOW_S
                   as above; the option wins
  HOST             address to listen on (default 127.0.0.1)
  PUBLIC_URL       address that clients use, where a proxy stands in front, for example https://images.example.com: for result links
  MODEL_ALIASES    more names for the model, such as dall-e-3=zimage-tiny,gpt-image-1=zimage-tiny; default none
  CORS_ORIGINS     origins whose pages may call the API, separated by commas, or *; default none
  PAGE_HOSTS       names under which browsers may open the page, separated by commas, for example studio.lan; loopback names,
                   addresses, this machine's own name and that of PUBLIC_URL need not be named
  METRICS_TOKEN    opens GET /metrics (Prometheus) with Authorization: Bearer TOKEN; without it there is no such route
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
                   where spans of requests, waits, attempts and webhooks are sent, for example http://127.0.0.1:4318/v1/traces;
                   also OTEL_EXPORTER_OTLP_TRACES_HEADERS (NAME=VALUE,…) and OTEL_TRACES_SAMPLER_ARG (share, 0 to 1)
  SDAPI_WITHOUT_KEY
                   1 takes requests to /sdapi/v1 without a key, from programs alone, for tools that cannot send one
  LOCAL_API_KEY    use this key, 16 characters or more, instead of the one made on first start
  LOG_FORMAT       json or pretty; default pretty on a terminal, json elsewhere
  NO_COLOR         no colours
  PRICES           path of a JSON file of prices (default: example prices); see docs/billing.md
  MODERATION       path of a JSON file of rules for prompts and images (default: a small block list); see docs/moderation.md
  MODERATION_KEY   the key that the services named there are sent
  RECORD_YEARS     years for which records of what was made are kept (default 5); see docs/compliance.md
  RECORD_KEY, RECORD_KEY_FILE
                   seals prompts into those records: 32 bytes, or a file of such keys (default: they have no prompts)
  VISIBLE_MARK     corner of images in which "AI生成" is written: bottom-right, bottom-left, top-right or top-left; default none
  WATERMARK        path of the JSON of a pair of networks that mark images invisibly; see docs/pictures.md
  WATERMARK_NAME   what this deployment is called in the mark (default z-image)
  METER_URL        where charges are reported to as meter events, for example https://api.stripe.com/v1/billing/meter_events
  METER_API_KEY    the key for that
  METER_EVENT      name of the meter there (default z_image_usage)
  MODELS_DIR       where MODEL is looked up by its name (default ./data/models)
  ADAPTERS_DIR     folder with loras/ and controlnets/, whose files requests name by id
  TEXT_READER_URL  address that reads the text of images, where requests ask for it
  DEVICE           what draws: cpu (default), cuda or webgpu; see docs/runtimes.md, also for
  RUNTIME, MEMORY_GB, RESIDENCY, PRECISION, CAPTURE_GRAPHS
`;

/**
 * Options over environment over defaults.
 * @returns "help" when that was asked for
 * @throws InvalidInputError `bad_option` naming the option or variable, what came and what to give
 */
export function readStartOptions(
  args: readonly string[],
  env: { readonly [name: string]: string | undefined },
): StartOptions | "help" {
  const flags = readFlags(args);
  if (flags.help) return "help";
  const apiKey = env.LOCAL_API_KEY || undefined;
  if (apiKey !== undefined && !/^[\x21-\x7e]{16,512}$/.test(apiKey)) {
    // The value itself is never printed.
    throw new UsageError(
      `LOCAL_API_KEY must be 16 to 512 printable ASCII characters without spaces, got ${apiKey.length} ` +
        "characters; for example the output of: openssl rand -hex 24",
    );
  }
  const windowOption = flags["deduplication-window-s"];
  const deduplicationWindowS = readDeduplicationWindow(
    windowOption ?? (env.DEDUPLICATION_WINDOW_S || undefined),
    windowOption === undefined ? "DEDUPLICATION_WINDOW_S" : "--deduplication-window-s",
  );
  const host = env.HOST || "127.0.0.1";
  if (/[\s/]/.test(host) || /^\d+$/.test(host)) {
    throw new UsageError(`HOST must be an address or name to listen on, got "${host}"; try HOST=127.0.0.1`);
  }
  if (env.LOG_FORMAT && readLogFormat(env.LOG_FORMAT) === undefined) {
    throw new UsageError(`LOG_FORMAT must be json or pretty, got ${JSON.stringify(env.LOG_FORMAT)}`);
  }
  const publicUrl = readPublicUrl(env);
  return {
    port: wholeNumber(flags.port === undefined ? "PORT" : "--port", flags.port ?? (env.PORT || "8787"), {
      min: 0,
      max: 65_535,
      hint: "; for example 8787",
    }),
    host,
    dataDir: flags["data-dir"] ?? (env.DATA_DIR || "./data"),
    workers: wholeNumber("--workers", flags.workers ?? "1", {
      min: 0,
      max: Math.max(16, availableParallelism()),
      hint: "; for example 1",
    }),
    model: flags.model,
    parts: readParts(flags, (message) => new UsageError(message)),
    apiKey,
    deduplicationWindowS,
    publicUrl,
    modelAliases: readModelAliases(env[environment.modelAliases], environment.modelAliases),
    corsOrigins: readCorsOrigins(env[environment.corsOrigins], environment.corsOrigins),
    pageHosts: readPageHosts(env),
    sdapiWithoutKey: readSwitch(env, environment.sdapiWithoutKey),
    metricsToken: readMetricsToken(env),
    tracing: readTracingSettings(env),
    prices: readPrices(env[environment.prices]),
    moderation: readModeration(env),
    ...readMeter(env),
  };
}

function readMetricsToken({ [environment.metricsToken]: token = "" }: { readonly [name: string]: string | undefined }) {
  if (token === "") return undefined;
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return token;
  throw new UsageError(
    `${environment.metricsToken} must be 16 to 512 printable ASCII characters without spaces, got ` +
      `${token.length} characters; for example the output of: openssl rand -hex 24`,
  );
}

function readSwitch(env: { readonly [name: string]: string | undefined }, name: string): boolean {
  const value = env[name] || "0";
  if (value !== "0" && value !== "1") throw new UsageError(`${name} must be 1 or 0, got ${JSON.stringify(value)}`);
  return value === "1";
}

function readPageHosts({ [environment.pageHosts]: text = "" }: { readonly [name: string]: string | undefined }) {
  const names = text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const wrong = names.find((name) => !/^[a-z\d_]([a-z\d_.-]{0,251}[a-z\d_])?$/.test(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `${environment.pageHosts} must be host names separated by commas, without scheme or port, got "${wrong}"; for ` +
        "example studio.lan",
    );
  }
  return names;
}

function readPublicUrl({ [environment.publicUrl]: text }: { readonly [name: string]: string | undefined }) {
  if (!text) return undefined;
  const url = URL.parse(text);
  const isAddress = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (!isAddress || url.username !== "") {
    throw new UsageError(
      `${environment.publicUrl} must be an http or https address, got "${text}"; for example ` +
        "https://images.example.com",
    );
  }
  return url.href.replace(/(?<!\/)\/+$/, "");
}

function readMeter(env: { readonly [name: string]: string | undefined }): Pick<StartOptions, "meter"> {
  const { METER_URL: url = "", METER_API_KEY: apiKey = "", METER_EVENT: eventName = "" } = env;
  if (url === "" && apiKey === "") return {};
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new UsageError(
      `METER_URL must be the address that takes meter events, got ${JSON.stringify(url)}; leave it and ` +
        "METER_API_KEY out to report nothing",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageError(
      `METER_API_KEY must be the key for METER_URL, without spaces, got ${apiKey.length} characters`,
    );
  }
  return { meter: { url, apiKey, eventName: eventName || "z_image_usage" } };
}

/** Whether only this machine can reach the API. Then webhooks may go to loopback addresses too. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || addressKind(host) === "loopback";
}

function readFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        model: { type: "string" },
        ...partOptions,
        port: { type: "string" },
        "data-dir": { type: "string" },
        workers: { type: "string" },
        "deduplication-window-s": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    for (const [name, value] of Object.entries(values)) {
      if (value === "") throw new UsageError(`--${name} must not be empty; leave it out for the default`);
    }
    return values;
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(`${error.message.split("\n")[0]?.replace(/\.?$/, ".")} Try: npm start -- --help`);
  }
}
