/** Every limit that two places must agree on, written once. Times in milliseconds unless the name says otherwise. */

/** Hold on a job: a worker that stops renewing loses it after this long. */
export const leaseMs = 120_000;
/**
 * A heartbeat each quarter of the lease, so three before it ends: two lost in a row do not hand a running job to a
 * second worker.
 */
export const heartbeatsPerLease = 4;
/**
 * How often a worker asks whether its job is cancelled or watched: what a person waits for the steps of a job that is
 * being drawn, or for its end. Two reads, which cost nothing on one machine.
 */
export const lookMs = 1_000;
export const localLookMs = 200;
/** Failures (errors and lost leases, not give-backs) before a job is given up. */
export const maxJobFailures = 3;
/**
 * Attempts, of those, that may lose or break a worker before the job is given up: a job that kills its worker must not
 * kill one after another.
 */
export const maxBrokenWorkers = 2;
/** A job whose message is not known to be in the queue by then is sent again by the tick. */
export const resendAfterMs = 300_000;
/** After this the tick asks whether the message of a waiting job is lost; again when it has waited twice as long. */
export const askAfterMs = 300_000;

/**
 * Jobs that one account may have unfinished. Beyond that, new ones are refused (429 `queue_full`): waiting jobs cost
 * little to store, but the wait would be too long.
 */
export const maxUnfinishedJobs = 50_000;

/** Image sides in pixels; both must be multiples of `sizeMultiple`. */
export const minSide = 64;
export const maxSide = 2048;
export const sizeMultiple = 16;
/** Most pixels in one image: 2048 × 2048. */
export const maxPixels = maxSide * maxSide;
export const maxAspectRatio = 4;

export const maxSteps = 100;
export const maxGuidance = 20;
export const maxImagesPerJob = 4;
/** Most images in one request of the OpenAI API. */
export const maxImagesPerOpenaiRequest = 10;
/** Seeds are whole numbers that a JSON number holds exactly; wider ones are taken modulo 2^53. */
export const maxSeed = 2 ** 53 - 1;
/** Seeds that are drawn at random are below this: short enough to be read out. */
export const randomSeeds = 2 ** 32;
/** Characters; the tokenizer's limit (`maxSequenceLength` tokens) usually bites first and is reported as a warning. */
export const maxPromptCharacters = 10_000;
export const maxSequenceLength = 512;
export const maxMetadataKeys = 16;
/** Longest time for which an equal request may be taken for a repetition; `ApiKey.deduplicationWindowS`. */
export const maxDeduplicationWindowS = 900;
export const maxMetadataKeyCharacters = 64;
export const maxMetadataValueCharacters = 512;

/** Largest request body the API reads, in bytes (Lambda's own limit is 6 MB). */
export const maxBodyBytes = 6_000_000;
/**
 * On AWS: one invocation of the API may last this long, and a response that is held or streamed ends itself before
 * that, with words for the client, where Lambda would cut it in the middle and count an error.
 */
export const maxInvocationMs = 600_000;
export const longestResponseMs = 570_000;
/** Longest `Prefer: wait=N`, in seconds. */
export const maxWaitS = 300;

/** How long job records, their events and the idempotency keys are kept, in seconds. */
export const jobRetentionS = 30 * 86_400;
/** How long it is known of an image that it was made here, and by which job, in seconds: five years. */
export const recordRetentionS = 5 * 366 * 86_400;
/** How long a catalogue run, its rows and its files are kept, in seconds. */
export const runRetentionS = 90 * 86_400;
export const eventRetentionS = 2 * 86_400;
export const idempotencyRetentionS = 86_400;
/** Results of a job with `store: false` that nobody fetched are deleted so long after its end. */
export const unstoredKeptS = 3_600;
/** Life of a result link, in seconds. */
export const resultLinkS = 86_400;

/**
 * Most pixels of an uploaded image: 8192 × 8192, a quarter of a gigabyte decoded. Checked by the header,
 * before anything is decoded.
 */
export const maxInputPixels = 8192 * 8192;
/** Images that one edit may refer to. */
export const maxReferences = 4;
/** LoRAs of one job, and the strengths that make sense. */
export const maxLoras = 8;
export const maxAdapterScale = 4;
/** Ids of adapters are names of files, with their folders; other APIs put addresses in their place. */
export const maxAdapterIdCharacters = 2048;
/** Default `strength` of image to image, the reference's own. */
export const defaultStrength = 0.6;
/** Default scale of a ControlNet, the reference's own. */
export const defaultControlScale = 0.75;
/** Sides of a finished file, which may be larger than what is drawn. */
export const maxFinishedSide = 4096;
/** Lines of text that an image is checked for. */
export const maxExpectedTexts = 8;
export const maxExpectedTextCharacters = 200;
/** The product in a finished file differs from its photo by no more than this, in dB. */
export const minProductPsnr = 45;
/** Largest image file that is fetched from an address in a request. */
export const maxUploadBytes = 20_000_000;
/** Largest file that an account may upload in parts, and most parts. */
export const maxFileBytes = 512 * 1024 * 1024;
export const maxFileParts = 2_000;
/** Uploads of one account that take parts at once. */
export const maxOpenUploads = 100;
/** Most runs (OpenAI's batches among them) that one account may have unfinished. */
export const maxOpenRuns = 50;

/** Most uploaded files, adapters and live keys of one account, and bytes of its files and adapters. */
export const maxFiles = 100_000;
export const maxAdapters = 1_000;
export const maxLiveKeys = 1_000;
/** Most prompts in the library of one account. */
export const maxPrompts = 1_000;
export const maxStoredBytes = 500_000_000_000;

/** Longest request to a user's URL, from the name lookup to the last byte that is read. */
export const guardedFetchTimeoutMs = 15_000;

/** Length of a URL in a request, such as a webhook's. */
export const maxUrlCharacters = 2_048;
