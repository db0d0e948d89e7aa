import type { ImageChecks, ImageFormat, ImageParams, Job, JobImage } from "../../shared/job.ts";
import type { Item, Json } from "../../shared/ports/items.ts";
import { recordType } from "../../shared/ports/record.ts";
import type { Identity } from "../api/access/identity.ts";
import type { CatalogueState } from "../catalogue/run/catalogue-state.ts";

/**
 * `importing` → `running` ⇄ `paused` → `finishing` → `completed`, `failed` or `expired`; from each of the first three
 * also → `canceling` → `finishing` → `canceled`. A run that waits for its caller's word is `ready` before it is
 * `running`.
 */
export type RunStatus =
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

/** What brought the rows: OpenAI's `/v1/batches`, or a catalogue of products. */
type FaceName = "openai_batch" | "catalogue";

/** What is wrong with an input file as a whole, or with the frame of one of its lines. */
export interface LineError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** From 1. */
  readonly line: number | null;
}

/** A row whose job is under way, or about to be made. */
export interface Flight {
  readonly row: number;
  /** Chosen before there is such a job. */
  readonly jobId: string;
  /** Passes in which this row's own data broke the submission. */
  readonly faults?: number;
}

/** Why no further row is begun for now. */
export interface Pause {
  readonly code: string;
  readonly message: string;
  readonly since: number;
  /** Failed checks so far. */
  readonly checks: number;
  /** Another row is tried then. */
  readonly checkAt: number;
}

/** How far the output has been written; what comes after is written again after a crash. */
export interface Finish {
  /** Rows before this one are in the files. */
  readonly next: number;
  readonly output: OutputFile;
  readonly errors: OutputFile;
}

export interface OutputFile {
  readonly fileId: string;
  /** Bytes of each part that is stored. */
  readonly parts: readonly number[];
}

/**
 * Many images out of one input: its rows lie in chunk objects, and only a few at a time are jobs. Times are
 * milliseconds since the epoch.
 */
export interface Run {
  /** `batch_` + ULID for OpenAI's batches. */
  readonly id: string;
  readonly face: FaceName;
  /** Identity of the key that made the run; its jobs belong to that key. */
  readonly identity: Identity;
  /** The route that the lines of an OpenAI batch name. */
  readonly endpoint: string;
  readonly inputFileId: string;
  /** Life of its output files, in seconds. @default that of all files */
  readonly outputExpiresAfterS?: number;
  readonly metadata: { readonly [key: string]: string };
  /** Told of what happens to it, beside the account's endpoints; an empty filter is for what `wantsEvent` says. */
  readonly webhook?: { readonly url: string; readonly events: readonly string[] };
  /** W3C Trace Context of the request that made it; its jobs are of that trace. */
  readonly traceparent?: string;
  /** Address that its client used, for links in its output. */
  readonly origin: string;
  readonly status: RunStatus;
  readonly errors: readonly LineError[];
  readonly paused?: Pause;
  /** Rows, as far as the import has come. */
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  /** Rows before this one have been turned into jobs, or refused, or are in `inFlight`. From 0. */
  readonly next: number;
  readonly inFlight: readonly Flight[];
  /** Set while somebody takes a step of it, for the case that it dies: until then others leave the run alone. */
  readonly workingUntil?: number;
  /** When its next step is due. */
  readonly nextAt: number;
  readonly finish?: Finish;
  /** Fingerprint of the request that made it, where that had an `Idempotency-Key`. */
  readonly fingerprint?: string;
  /** Wishes and progress of a catalogue run. */
  readonly catalogue?: CatalogueState;
  readonly outputFileId?: string;
  readonly errorFileId?: string;
  /** How often its input was imported again; each import has a folder of its own. @default 0 */
  readonly imports?: number;
  /** It holds one of its account's places for unfinished runs. */
  readonly holdsPlace?: boolean;
  readonly createdAt: number;
  /** When all rows were imported. */
  readonly beganAt?: number;
  readonly expiresAt: number;
  readonly finishingAt?: number;
  readonly finishedAt?: number;
  readonly cancelledAt?: number;
}

/** State of a run whose input has not been read yet. */
export function unreadRun(now: number) {
  const counts = { total: 0, completed: 0, failed: 0, next: 0, inFlight: [] };
  return { status: "importing", errors: [], ...counts, nextAt: now, createdAt: now } as const satisfies Partial<Run>;
}

/** What of a job its row of the output needs. */
export type DrawnJob = Pick<Job, "id" | "createdAt" | "finishedAt" | "response" | "warnings"> & {
  readonly params: Pick<ImageParams, "width" | "height" | "format">;
  readonly images: readonly Pick<JobImage, "key" | "bytes">[];
};

/** An image that outlives its job. */
export interface KeptImage {
  /** Object key. */
  readonly key: string;
  readonly sha256: string;
  /** Unsigned; archives need it. */
  readonly crc32: number;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  readonly seed: number;
  readonly checks?: ImageChecks;
  /** Codes of what its job was warned of. @default none */
  readonly warnings?: readonly string[];
  /** A small copy of it is kept as well (`thumbnailKey`). @default false */
  readonly hasThumbnail?: boolean;
  /** Its file says by IPTC's digital source type that it was generated, or nothing of it was. @default false */
  readonly isLabelled?: boolean;
}

/** Outcome of one row, with all that its line of the output needs. */
export interface RunRow {
  readonly row: number;
  /** The caller's own name for it. */
  readonly key: string;
  readonly jobId?: string;
  readonly drawn?: DrawnJob;
  /** Images of a catalogue run, where they are kept beyond their job. */
  readonly kept?: readonly KeptImage[];
  /** Micro-units. */
  readonly charged?: number;
  /** The error that the request would have received. */
  readonly refused?: { readonly status: number; readonly body: Json };
}

/** A step that is due for a run in a state where something is left to do. */
export type Step = "import" | "feed" | "finish";

const steps: { readonly [status in RunStatus]?: Step } = {
  importing: "import",
  running: "feed",
  paused: "feed",
  canceling: "feed",
  finishing: "finish",
};

const ended: ReadonlySet<RunStatus> = new Set(["completed", "failed", "expired", "canceled"]);

export function isOver({ status }: Pick<Run, "status">): boolean {
  return ended.has(status);
}

export function stepOf({ status }: Pick<Run, "status">): Step | undefined {
  return steps[status];
}

const stored = recordType<Run>("run", ["id", "identity", "status", "next"]);
const storedRow = recordType<RunRow>("row of a run", ["key"]);

/** Names of the version before, whose batches are read as runs. */
const formerStatuses: { readonly [status: string]: RunStatus } = {
  // Its lines were read from the file in each pass: they are imported now, and the batch goes on where it was.
  in_progress: "importing",
  finalizing: "finishing",
  cancelling: "canceling",
  cancelled: "canceled",
};

interface FormerFlight {
  readonly line: number;
  readonly jobId: string;
}

export const runRecord = {
  write: stored.write,
  read(item: Pick<Item, "pk" | "sk" | "data">): Run {
    const run = stored.read(item);
    if (run.face !== undefined) return run;
    const { inFlight, status } = run as unknown as { inFlight: readonly FormerFlight[]; status: string };
    const { feedingUntil: workingUntil, ...rest } = run as Run & { readonly feedingUntil?: number };
    return {
      ...rest,
      face: "openai_batch",
      // One that has met an error as a whole only waits for its jobs.
      status: status === "in_progress" && run.errors.length > 0 ? "canceling" : (formerStatuses[status] ?? run.status),
      inFlight: inFlight.map(({ line: row, jobId }) => ({ row, jobId })),
      nextAt: workingUntil ?? run.createdAt,
      workingUntil,
    };
  },
};

export const rowRecord = {
  write: storedRow.write,
  read(item: Pick<Item, "pk" | "sk" | "data">): RunRow {
    const { line, customId, ...former } = item.data as unknown as RunRow & { line?: number; customId?: string };
    return line === undefined ? storedRow.read(item) : { ...former, row: line, key: customId ?? "" };
  },
};
