import type { MaskMode } from "./image-files/mask-rules.ts";
import type { ThumbnailSide } from "./images/thumbnails.ts";
import type { controlPreprocessors, ImageRequest, imageFormats } from "./request/image-request.ts";
import type { PassedParams } from "./request/passed-fields.ts";
import type { Warning } from "./warnings/warning.ts";

/** A job and everything that happens to it. Plain data: it is stored as JSON and crosses process borders. */

export type JobStatus = "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";

export const terminalStatuses: ReadonlySet<JobStatus> = new Set(["succeeded", "failed", "canceled", "expired"]);

export type ImageFormat = (typeof imageFormats)[number];

export const contentTypes: { readonly [format in ImageFormat]: string } = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
  avif: "image/avif",
};

/** Ends of file names, without the dot. */
export const fileExtensions: { readonly [format in ImageFormat]: string } = {
  png: "png",
  jpeg: "jpg",
  webp: "webp",
  avif: "avif",
};

/**
 * Upscaling of a finished image: none, double its sides by interpolation, or double them and draw over it once
 * more.
 */
export type Upscale = NonNullable<ImageRequest["upscale"]>;

/**
 * Parameters of the images, after validation and defaults: every field has its effective value, so a job can be run
 * again from it. Fields that only the pipeline reads come from the request's schema; here are those that the request
 * has in another form.
 */
export interface ImageParams extends PassedParams {
  /** Canonical model id, for example `z-image-turbo`. */
  readonly model: string;
  /** Pixels, multiples of 16. */
  readonly width: number;
  readonly height: number;
  /** Number of images; image i (from 0) is drawn with seed `(seed + i) mod 2^53`. */
  readonly n: number;
  readonly seed: number;
  readonly steps: number;
  /** `guidance_scale` of MODEL.md §6: prediction = positive + guidance · (positive − negative); 0 is off. */
  readonly guidance: number;
  readonly format: ImageFormat;
  /** 1..100, for lossy formats. */
  readonly quality?: number;
  /** False where the file does not say how the image was drawn. @default true */
  readonly parametersInFile?: boolean;
  /** Object key of float32 little-endian latents [16, height/8, width/8] to start from in place of seeded noise. */
  readonly latentsKey?: string;
  /** Object key of an image to start from. */
  readonly imageKey?: string;
  /** Set with `imageKey`. */
  readonly strength?: number;
  /** Object key of the mask that says which part of that image is redrawn. */
  readonly maskKey?: string;
  readonly maskMode?: MaskMode;
  /** Object keys of the images that the prompt refers to. */
  readonly referenceKeys?: readonly string[];
  /** LoRAs by their ids in the worker's catalogue. */
  readonly loras?: readonly LoraSettings[];
  readonly controlNet?: { readonly id: string; readonly imageKey: string } & ControlSettings;
}

interface LoraSettings {
  readonly id: string;
  readonly scale: number;
  /** The stored file that the worker fetches; only for an adapter of the account. */
  readonly stored?: { readonly sha256: string; readonly parts: number };
}

/** Settings of a ControlNet. */
export interface ControlSettings {
  readonly scale: number;
  /** Shares of the steps between which it acts. @default 0 */
  readonly start?: number;
  /** @default 1 */
  readonly end?: number;
  /** Preprocessing of its image. @default "none" */
  readonly preprocess?: (typeof controlPreprocessors)[number];
}

export interface JobImage {
  /** Within the job, from 0; with the job's id it makes the image's id (`images/image-id.ts`). */
  readonly index: number;
  /** Object key. */
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  readonly bytes: number;
  /** Hex digest of the stored bytes. */
  readonly sha256: string;
  readonly seed: number;
  /** Small copies that are stored beside it (`images/thumbnails.ts`). @default none */
  readonly thumbnails?: readonly ThumbnailSide[];
  /** Measured where the request asks for it, and on all images of products. */
  readonly checks?: ImageChecks;
  /** Told with the job's end, for what outlives the job's record; not a part of that. */
  readonly proof?: ImageProof;
}

/** What tells later that a file shows this image. */
interface ImageProof {
  /**
   * Perceptual hash: 64 hex digits. Absent for an image of one colour, and where images are not found by their look.
   */
  readonly look?: string;
  /** Id of the C2PA manifest in the file. */
  readonly manifest?: string;
  /** The worker marks images invisibly (`provenance/watermark-index.ts`). */
  readonly isMarked?: boolean;
}

/** Numbers measured on a finished file. Shares are 0..1. */
export interface ImageChecks {
  /** Of a frame of 2 % of the shorter side: pixels that are exactly white, and that have 245 and more. */
  readonly borderWhiteExact: number;
  readonly borderWhite: number;
  /** Of the canvas, what the longer side of the product takes; without product, of all that is not near white. */
  readonly fill: number;
  /** Variance of the Laplacian, on at most 512 pixels. */
  readonly sharpness: number;
  /** Shows one colour alone. */
  readonly flat: boolean;
  /** 64 bits in hex. Images that look alike differ in few of them. */
  readonly dhash: string;
  /** That the file was written with, of a lossy format. */
  readonly quality?: number;
  /** What the product was cut out by. */
  readonly cutOut?: "alpha" | "mask" | "background";
  /** Pixels of the file to a pixel of the photo. */
  readonly productScale?: number;
  /** Product in the file against its photo, dB; 100 is identical. */
  readonly productPsnr?: number;
  /** Of each line that the image should show: characters that differ in what was read of it. */
  readonly textDistances?: readonly number[];
  /** Characters that were read and belong to no such line. */
  readonly textElsewhere?: number;
}

/** `service`: the deployer's service allowed it. `unjudged`: it gave no verdict, and the deployer lets that pass. */
export interface JobModeration {
  readonly prompt?: "service" | "unjudged";
  readonly inputs?: "service" | "unjudged";
}

export interface JobError {
  readonly code: string;
  readonly message: string;
}

export interface JobWebhook {
  readonly url: string;
  /** Event types wanted, for example `job.succeeded`; empty means all terminal events. */
  readonly events: readonly string[];
  /**
   * Name of the dialect that the job came through, when the receiver expects that dialect's body.
   * @default the native one
   */
  readonly form?: string;
}

/** Interactive jobs go first; batch jobs fill what is left, at a price of their own. */
export type Lane = "interactive" | "batch";

/** Price of a job, fixed when it was accepted. Money is in whole micro-units (millionths) of the currency. */
export interface JobPrice {
  /** Charged when the job succeeds; held on the account until it ends. */
  readonly amount: number;
  readonly currency: string;
  /** Micro-units per megapixel and network call. */
  readonly rate: number;
  readonly lane: Lane;
  /** Name of the price table: the time since when it is in force. */
  readonly effectiveFrom: string;
  /** Customer id at the billing system that usage is reported to. */
  readonly meterCustomer?: string;
}

export interface Job {
  /** `job_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly status: JobStatus;
  readonly params: ImageParams;
  readonly metadata: { readonly [key: string]: string };
  /** @default "interactive" */
  readonly lane?: Lane;
  /** Absent where jobs are free. */
  readonly price?: JobPrice;
  /** Micro-units; set when the job ends, if it has a price. */
  readonly charged?: number;
  readonly webhook?: JobWebhook;
  /** How the client wants the images: links alone, or base64 beside them. @default "url" */
  readonly response?: "url" | "b64";
  /**
   * Nothing of it is kept once its response is delivered.
   * @default it is kept
   */
  readonly unstored?: {
    /** Random. Digests of the request that outlive the job are made with it, and say nothing once it is gone. */
    readonly salt?: string;
  };
  /** When all that it held was deleted: what is left says that there was such a job, so that it is not drawn again. */
  readonly forgottenAt?: number;
  /** W3C Trace Context of the request that made it. */
  readonly traceparent?: string;
  /**
   * Jobs of its lane that its account had submitted before: tells how many of them are still to end. Absent in older
   * records.
   */
  readonly entered?: number;
  /** Messages that waited in its lane when it was submitted, where the queue cannot count those ahead of one. */
  readonly sentBefore?: number;
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** A job not begun by then expires, uncharged. */
  readonly deadlineAt?: number;
  /** Fencing number: rises with every claim; only the worker that holds the current one may write. */
  readonly attempt: number;
  /** Attempts that ended in an error or a lost lease. Give-backs are not failures. */
  readonly failures: number;
  /** Attempts among them that lost their worker or may have broken it. @default 0 */
  readonly brokenWorkers?: number;
  readonly workerId?: string;
  readonly leaseUntil?: number;
  readonly cancelRequestedAt?: number;
  /** Steps done in all images of this attempt, and steps in all. */
  readonly progress?: { readonly step: number; readonly total: number };
  readonly images: readonly JobImage[];
  /** Images that the owner has deleted. */
  readonly deletedImages?: readonly Pick<JobImage, "index" | "width" | "height">[];
  /**
   * What judged its prompt and its input images beside the block lists, before it was accepted.
   * @default nothing did
   */
  readonly moderation?: JobModeration;
  readonly error?: JobError;
  readonly warnings: readonly Warning[];
  readonly inferenceMs?: number;
}

/** One line of a job's history, served as server-sent events. `seq` rises by one per job from 1. */
export interface JobEvent {
  readonly seq: number;
  readonly at: number;
  readonly type: "queued" | "started" | "step" | "image" | "done" | "error" | "requeued";
  /** Type-specific fields, as the API serves them (snake_case), except object keys, which the API turns into links. */
  readonly data: { readonly [key: string]: string | number | boolean | null };
}
