import * as z from "zod";
import { maxUrlCharacters } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import type { WebhookEventType } from "../../../../shared/webhooks/webhook-event.ts";
import { accepted, type FieldRules, parseForeignRequest } from "../map-fields.ts";

const webhookEvents = ["start", "output", "logs", "completed"] as const;

const predictionRequestSchema = z.object({
  input: z.record(z.string(), z.unknown()),
  version: z.string().min(1).max(200).nullish(),
  model: z.string().min(1).max(200).nullish(),
  webhook: z.string().max(maxUrlCharacters).nullish(),
  webhook_events_filter: z.array(z.enum(webhookEvents)).max(webhookEvents.length).nullish(),
});

export type PredictionRequest = z.infer<typeof predictionRequestSchema>;

const formats: { readonly [name: string]: string } = {
  jpg: "jpeg",
  jpeg: "jpeg",
  png: "png",
  webp: "webp",
  avif: "avif",
};

/** Inputs of `prunaai/z-image-turbo`, and those that Vercel's client puts beside them. */
const inputRules: FieldRules = {
  prompt: "prompt",
  negative_prompt: "negative_prompt",
  width: "width",
  height: "height",
  size: "size",
  aspect_ratio: "aspect_ratio",
  num_outputs: "n",
  seed: "seed",
  num_inference_steps: "steps",
  guidance_scale: "guidance",
  output_format: {
    native: "output.format",
    make: (value) =>
      typeof value === "string" && Object.hasOwn(formats, value) ? { output: { format: formats[value] } } : undefined,
    expected: `one of ${Object.keys(formats).join(", ")}`,
  },
  // 0 is the worst quality there, and 1 here.
  output_quality: {
    native: "output.quality",
    make: (value) => ({ output: { quality: value === 0 ? 1 : value } }),
    expected: "0 to 100",
  },
  image: "image",
  mask: "mask",
  strength: "strength",
  prompt_strength: "strength",
  // Ids of the catalogue, with the scales put beside them by `withDefaults`.
  lora_weights: "loras",
  go_fast: accepted,
  disable_safety_checker: accepted,
};

export function parsePrediction(body: unknown): PredictionRequest {
  return parseFields(predictionRequestSchema, body);
}

/** @param model - id or alias of a model that is served */
export function submissionOfPrediction(
  { input, webhook, webhook_events_filter }: PredictionRequest,
  { model, deadlineS }: { readonly model: string; readonly deadlineS: number | undefined },
  context: ImageRequestContext,
): ImageSubmission {
  const events = eventsOfFilter(webhook_events_filter ?? webhookEvents);
  const submission = parseForeignRequest(
    {
      fields: withDefaults(input),
      rules: inputRules,
      path: "input.",
      names: { "webhook.url": "webhook" },
      native: {
        model,
        deadline_s: deadlineS,
        webhook: webhook != null && events.length > 0 ? { url: webhook, events } : undefined,
      },
    },
    context,
  );
  return submission.webhook === undefined
    ? submission
    : { ...submission, webhook: { ...submission.webhook, form: "replicate" } };
}

/** That model's own defaults, where they are not ours. */
function withDefaults(input: { readonly [field: string]: unknown }) {
  const { output_format = "jpg", output_quality = 80, lora_weights: ids, lora_scales: scales, ...others } = input;
  const scaleOf = (i: number) => (Array.isArray(scales) && scales[i] !== undefined ? { scale: scales[i] } : {});
  const lora_weights = Array.isArray(ids) ? ids.map((id, i) => ({ id, ...scaleOf(i) })) : ids;
  const rest = { ...others, ...(lora_weights !== undefined && { lora_weights }) };
  return { ...rest, output_format, output_quality: output_format !== "png" ? output_quality : undefined };
}

/**
 * Our messages come when a job begins and when it is over: images exist at its end, and nothing is sent per line of the
 * log.
 */
function eventsOfFilter(filter: readonly (typeof webhookEvents)[number][]): WebhookEventType[] {
  const ends: WebhookEventType[] = ["job.succeeded", "job.failed", "job.canceled", "job.expired"];
  return [
    ...(filter.includes("start") ? (["job.started"] as const) : []),
    ...(filter.includes("completed") ? ends : filter.includes("output") ? (["job.succeeded"] as const) : []),
  ];
}

/** Seconds of `Cancel-After: 90s`, `2m`, `1h30m`; a value that makes no sense is left unapplied. */
export function cancelAfterS(header: string | undefined): number | undefined {
  const [, hours = "0", minutes = "0", seconds = "0"] =
    /^(?=\d)(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s?)?$/.exec(header ?? "") ?? [];
  const total = 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
  return total > 0 ? Math.min(total, 86_400) : undefined;
}
