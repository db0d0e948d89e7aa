import type { Context, Hono, MiddlewareHandler } from "hono";
import type { ApiKey } from "../../shared/access/api-key.ts";
import type { ApiKeys } from "../../shared/access/api-keys.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { CatalogModel } from "../../shared/model-catalog/model-catalog.ts";
import type { ModerationSettings } from "../../shared/moderation/moderation-settings.ts";
import type { Accounts } from "../../shared/money/accounts.ts";
import type { PriceList } from "../../shared/money/price-list.ts";
import type { RequestBudget } from "../../shared/net/request-budget.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Log } from "../../shared/process/log.ts";
import type { MemoryBudget, MemoryReservation } from "../../shared/process/memory-budget.ts";
import type { ReadCredentials } from "../../shared/provenance/credentials.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import type { Spans } from "../../shared/tracing/span.ts";
import type { Identity } from "./access/identity.ts";
import type { AccountStreams } from "./events/account-streams.ts";
import type { JobWatches } from "./jobs/job-watches.ts";
import type { QueueView } from "./jobs/queue-view.ts";
import type { Moderator } from "./moderation/moderator.ts";
import type { ReadPageFile } from "./page/page-files.ts";
import type { DiskState } from "./service/disk-state.ts";
import type { MaskContentOf } from "./submission/input-images.ts";
import type { RequestsUnderWay } from "./submission/requests-under-way.ts";

/** Everything the API touches. `createApp` reads no environment and opens nothing itself. */
export interface ApiDependencies {
  readonly items: Items;
  /** Carries `{"v":1,"jobId":"…","traceparent":"…"}` to the workers. */
  readonly queue: Queue;
  readonly objects: Objects;
  /** Called for runs that have a step to take. @default nobody: a loop looks for them */
  readonly runSteps?: Pick<Queue, "send">;
  readonly jobs: JobStore;
  readonly clock: Clock;
  /** Not empty; the first is used when a request names none. */
  readonly models: readonly CatalogModel[];
  /**
   * Number of workers, where it is known; waiting times are estimated from it.
   * @default workers that reported the length of their jobs in the last ten minutes
   */
  readonly workers?: number;
  /** Jobs that one account may have unfinished. @default `maxUnfinishedJobs` */
  readonly maxUnfinished?: number;
  /** @default the example prices of `shared/prices.json` */
  readonly prices?: PriceList;
  /** Signs result links. Changing it ends the life of all links given out. */
  readonly linkSecret: string;
  /** Address that clients reach us under, without a trailing slash. @default the address of each request */
  readonly publicUrl?: string;
  /** Origins whose pages may call the API from a browser; `*` is every origin. @default none */
  readonly corsOrigins?: readonly string[];
  /** API key of requests to `/sdapi/v1` that bring none, for tools that can send none. @default they are refused */
  readonly a1111Key?: string;
  /** Believe `X-Forwarded-Host` and `X-Forwarded-Proto`; only behind a proxy that sets them. @default false */
  readonly trustProxy?: boolean;
  /**
   * Whether a request's signal aborts when its connection ends before the response does, as in a server and not in
   * Lambda.
   * @default true
   */
  readonly hearsLostConnections?: boolean;
  /** A response that is held or streamed ends itself after this long. @default when the job is over */
  readonly longestResponseMs?: number;
  /** Images are deleted after so many seconds, where that is sooner than the records of their jobs. */
  readonly imageRetentionS?: number;
  /** What requests may occupy in this process. @default one of its own, with the usual limits */
  readonly budget?: RequestBudget;
  /** Rules for content. @default the built-in block list alone */
  readonly moderation?: ModerationSettings;
  /** Token that opens `GET /metrics`. @default there is no such route */
  readonly metricsToken?: string;
  /** Free bytes of the disk that holds the data, on one machine. */
  readonly freeDiskBytes?: () => Promise<number>;
  /** Reads the content credentials of a file. @default files are recognised by their bytes alone */
  readonly readCredentials?: ReadCredentials;
  /** Perceptual hash of an image file. @default files are not recognised by their look */
  readonly lookOf?: (file: Uint8Array) => Promise<PerceptualHash | undefined>;
  /** What a mask in another format than PNG marks. @default the worker refuses one that marks nothing */
  readonly maskContentOf?: MaskContentOf;
  /**
   * What the invisible mark of an image file says of its job, where this deployment put it in; see `watermarkOfJob`.
   * @default files are not recognised by a watermark
   */
  readonly markOf?: (file: Uint8Array) => Promise<number | undefined>;
  /** A fresh ULID. */
  readonly newId: () => string;
  /** A seed for requests that name none: an unsigned 32-bit integer. @default random */
  readonly newSeed?: () => number;
  /** One machine: webhooks may go to loopback addresses over plain http. */
  readonly localMode: boolean;
  readonly log: Log;
  /** Records requests with a sampled trace. @default none */
  readonly spans?: Spans;
  /** Share of the requests without a caller's trace that is recorded, 0 to 1. @default none */
  readonly traceRatio?: number;
  /** A file under `/docs`, by its path there. @default read from the repository and the installed swagger-ui-dist */
  readonly readDocsAsset?: (name: string) => Promise<Uint8Array | undefined>;
  /** A file of the built page, by its path in `page/dist`. @default read from the repository */
  readonly readPageFile?: ReadPageFile;
  /** One machine: browsers are let in by links that its owner makes. @default by keys alone */
  readonly localPage?: LocalPage;
}

/**
 * What lets a browser on one machine in without a key. Given to the API by whoever runs it there; a deployment has
 * none, and its function does not load this.
 */
export interface LocalPage {
  /** `/open`. */
  readonly routes: Hono<ApiEnv>;
  /** The session that a request of our own page brings, if any. */
  presentedSession(c: Context): string | undefined;
  /** The key that a session acts as. */
  findKey(session: string): Promise<ApiKey | undefined>;
  /** The response to a browser that came by a name that is not this machine's. @returns `undefined` for all others */
  refuse(c: Context<ApiEnv>): Response | Promise<Response> | undefined;
}

/** What the middleware leaves on a request for the routes. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** W3C Trace Context. */
    traceparent: string;
    /** Milliseconds since the epoch, before anything was awaited. */
    receivedAt: number;
    /** Memory that the requests of this process may take together. */
    memory: MemoryBudget;
    /** What the body holds of it, where that is counted; closed early once the body is not needed any more. */
    bodyRoom: MemoryReservation | undefined;
    /** Name of the dialect that a request is in, where its body tells and not its path. */
    dialect: string | undefined;
    /** The response to an error, in the form of the API that the request is in. */
    errorResponse: (error: Error) => Response | Promise<Response>;
    /** Set on routes behind `authenticate`. */
    identity: Identity;
  };
}

/** What routes are given: the dependencies, with the defaults filled in and what is made once per app. */
export interface RouteDependencies extends ApiDependencies {
  readonly newSeed: () => number;
  readonly readDocsAsset: (name: string) => Promise<Uint8Array | undefined>;
  readonly readPageFile: ReadPageFile;
  readonly prices: PriceList;
  readonly apiKeys: ApiKeys;
  readonly accounts: Accounts;
  readonly queueView: QueueView;
  readonly watches: JobWatches;
  readonly accountStreams: AccountStreams;
  readonly underWay: RequestsUnderWay;
  readonly disk: DiskState;
  readonly budget: RequestBudget;
  readonly moderator: Moderator;
  /** Middleware that lets only API keys with this scope pass; with `undefined`, every key. */
  readonly authenticate: (scope: string | undefined, options?: AuthenticateOptions) => MiddlewareHandler<ApiEnv>;
}

export interface AuthenticateOptions {
  /** Key of requests that bring none. @default they are refused */
  readonly withoutKey?: string;
}
