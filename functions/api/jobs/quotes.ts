import { Hono } from "hono";
import * as z from "zod";
import { InvalidInputError } from "../../../shared/errors.ts";
import { workOf } from "../../../shared/fair-queue/work-of.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { nextPricesAt } from "../../../shared/money/price-list.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { type ImageSubmission, parseImageRequest } from "../../../shared/request/parse-image-request.ts";
import { followImageSize } from "../../../shared/request/size/follow-image-size.ts";
import type { Language, Warning } from "../../../shared/warnings/warning.ts";
import type { Identity } from "../access/identity.ts";
import type { quoteSchema } from "../access/money-responses.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import { requestLanguage } from "../http/request-language.ts";
import { type InputImage, isElsewhere, readInputImage } from "../submission/input-images.ts";
import { assertMaxCost, priceSubmission } from "../submission/price-submission.ts";
import { presentWarning } from "./present-job.ts";

const maxQuotedJobs = 10_000;
const maxQuotedImages = 100;
const maxQuotedWarnings = 20;
/** A quote holds until newer prices do, and no longer than this. */
const quoteLifeMs = 86_400_000;

/** A job, or a batch of them. */
export const quoteRequestSchema = z
  .union([imageRequestSchema, z.strictObject({ jobs: z.array(imageRequestSchema).min(1).max(maxQuotedJobs) })])
  .meta({ id: "QuoteRequest", examples: [{ prompt: "a red teapot" }] });

/**
 * `POST /v1/quotes`: prices the body of a job, or `{jobs: [...]}`, with the very code that charges it. Records nothing.
 */
export function quotesRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, clock, prices } = dependencies;
  return new Hono<ApiEnv>().post("/", authenticate("jobs:read"), bodyLimit(), async (c) => {
    const body = await readJsonBody(c.req.raw);
    const now = clock.now();
    const submissions = bodiesOf(body).map((each) => parseImageRequest(each, dependencies));
    const sized = await followImageSizes(submissions, c.get("identity"), dependencies);
    const priced = sized.map((submission) => {
      const price = priceSubmission(submission, dependencies, now);
      assertMaxCost(price, submission.maxCost);
      return { ...submission, price };
    });
    // `bodiesOf` gives at least one.
    const first = priced[0]!;
    const kinds = Map.groupBy(priced, ({ params, lane }) =>
      JSON.stringify([params.model, params.width, params.height, params.n, params.steps, lane]),
    );
    const breakdown = [...kinds.values()].map((jobs) => {
      const { model, width, height, n, steps } = jobs[0]!.params;
      const amount = jobs.reduce((sum, { price }) => sum + price.amount, 0);
      return {
        model,
        width,
        height,
        n,
        steps,
        lane: jobs[0]!.lane,
        jobs: jobs.length,
        amount,
        amount_decimal: decimalAmount(amount),
      };
    });
    const rates = new Map(priced.map(({ params, price }) => [`${params.model} ${price.lane}`, { params, price }]));
    const expiresAt = Math.min(now + quoteLifeMs, nextPricesAt(prices, now) ?? Number.POSITIVE_INFINITY);
    const total = breakdown.reduce((sum, { amount }) => sum + amount, 0);
    const quote: z.infer<typeof quoteSchema> = {
      object: "quote",
      amount: total,
      amount_decimal: decimalAmount(total),
      currency: first.price.currency,
      unit_prices: [...rates.values()].map(({ params, price }) => ({
        model: params.model,
        lane: price.lane,
        per_megapixel_step: price.rate,
        per_megapixel_step_decimal: decimalAmount(price.rate),
      })),
      breakdown,
      warnings: warningsOf(sized, requestLanguage(c)),
      prices_of: new Date(first.price.effectiveFrom).toISOString(),
      eta_s: await etaOf(priced, c.get("identity"), dependencies),
      expires_at: isoTime(expiresAt),
    };
    return c.json(quote, 200, { "Cache-Control": "no-store" });
  });
}

/** Of all jobs, each once: what a person may want to change before anything is submitted. */
function warningsOf(submissions: readonly ImageSubmission[], language: Language) {
  const distinct = new Map<string, Warning>();
  for (const { warnings } of submissions) {
    for (const warning of warnings) if (distinct.size < maxQuotedWarnings) distinct.set(warning.message, warning);
  }
  return [...distinct.values()].map((warning) => presentWarning(warning, language));
}

type ImageSize = Pick<InputImage, "width" | "height">;

/** Drops the bytes: one quote may have many images. */
async function sizeOf(image: string, accountId: string, dependencies: RouteDependencies): Promise<ImageSize> {
  const room = dependencies.budget.memory.open(accountId);
  try {
    const { width, height } = await readInputImage(image, "image", { accountId, room }, dependencies);
    return { width, height };
  } finally {
    room.close();
  }
}

/**
 * Submissions with the sizes of their input images. Quotes are frequent and cover many jobs at once, so nothing is
 * fetched.
 * @throws InvalidInputError `size_unknown` for an image on another server, or too many images
 */
async function followImageSizes(
  submissions: readonly ImageSubmission[],
  { accountId }: Identity,
  dependencies: RouteDependencies,
): Promise<ImageSubmission[]> {
  const read = new Map<string, ImageSize>();
  const sized: ImageSubmission[] = [];
  for (const submission of submissions) {
    const { image } = submission.inputImages;
    if (!submission.followsImageSize || image === undefined) {
      sized.push(submission);
      continue;
    }
    if (isElsewhere(image) || (read.size >= maxQuotedImages && !read.has(image))) {
      const message = isElsewhere(image)
        ? "a quote needs size: the size of an image at an address is known only when the job fetches it"
        : `a quote of more than ${maxQuotedImages} different images needs size`;
      throw new InvalidInputError("size_unknown", message, { param: "size" });
    }
    const size = read.get(image) ?? (await sizeOf(image, accountId, dependencies));
    read.set(image, size);
    sized.push(followImageSize(submission, size, dependencies.models));
  }
  return sized;
}

/** Seconds until the lane that finishes last is done. */
async function etaOf(
  jobs: readonly Pick<ImageSubmission, "params" | "lane">[],
  identity: Identity,
  { queueView }: RouteDependencies,
): Promise<number | null> {
  const lanes = Map.groupBy(jobs, ({ lane }) => lane);
  const ends = await Promise.all(
    [...lanes].map(([lane, own]) =>
      queueView.finish(identity, { lane, model: own[0]!.params.model, works: own.map(({ params }) => workOf(params)) }),
    ),
  );
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? null : Math.round(Math.max(...known) / 100) / 10;
}

/** The bodies of the jobs; `parseImageRequest` validates each. */
function bodiesOf(body: unknown): readonly unknown[] {
  if (typeof body !== "object" || body === null || !("jobs" in body)) return [body];
  return parseFields(z.strictObject({ jobs: z.array(z.unknown()).min(1).max(maxQuotedJobs) }), body).jobs;
}
