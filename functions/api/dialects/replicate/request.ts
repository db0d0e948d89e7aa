import * as z from "zod";
import { maxUrlCharacters } from "../../../../shared/limits.ts";
import { InvalidRequestError, parseFields } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import type { WebhookEventType } from "../../../../shared/webhooks/webhook-event.ts";
import { loraOf, onlyControlNet } from "../adapter-references.ts";
import { accepted, type FieldRules, type NativeFields, parseForeignRequest } from "../map-fields.ts";
import type { ReplicateModel } from "./model-names.ts";

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

/** Inputs of `prunaai/z-image-turbo` and its siblings, and those that Vercel's client puts beside them. */
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
  // The scales are put beside them by `withDefaults`.
  lora_weights: {
    native: "loras",
    make: (value) => ({ loras: value }),
    expected: "a list of ids or addresses",
    partName: (part) =>
      part.replace(/^(\d+)\.scale$/, "lora_scales.$1").replace(/^(\d+)(?:\.(?:id|path))?$/, "lora_weights.$1"),
  },
  control_image: { native: "controlnet.image", make: (image) => ({ controlnet: { image } }), expected: "an image" },
  controlnet_conditioning_scale: {
    native: "controlnet.scale",
    make: (scale) => ({ controlnet: { scale } }),
    expected: "a number",
  },
  go_fast: { ignored: "there is one speed", unless: [false] },
  // Nothing checks the images.
  disable_safety_checker: accepted,
};

/** Inputs that a sibling of the model cannot do without. */
const required: { readonly [task in NonNullable<ReplicateModel["task"]>]: string } = {
  img2img: "image",
  controlnet: "control_image",
};

export function parsePrediction(body: unknown): PredictionRequest {
  return parseFields(predictionRequestSchema, body);
}

export function submissionOfPrediction(
  { input, webhook, webhook_events_filter }: PredictionRequest,
  { model, deadlineS }: { readonly model: ReplicateModel; readonly deadlineS: number | undefined },
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
        model: model.model.id,
        ...ownDefaults(model),
        ...controlNetOf(model, input),
        deadline_s: deadlineS,
        webhook: webhook != null && events.length > 0 ? { url: webhook, events } : undefined,
      },
    },
    context,
  );
  const needed = model.task && required[model.task];
  if (needed !== undefined && input[needed] == null) {
    const param = `input.${needed}`;
    throw new InvalidRequestError([{ param, code: "invalid_value", message: `${param} is required` }]);
  }
  return { ...submission, webhook: submission.webhook && { ...submission.webhook, form: "replicate" } };
}

/** The defaults of the LoRA model, whose steps and guidance are not those of the checkpoint. */
function ownDefaults({ model, name }: ReplicateModel): NativeFields {
  if (name !== "prunaai/z-image-lora" || !model.guidanceSupported) return {};
  return { steps: Math.min(28, model.defaultSteps), guidance: 4 };
}

function controlNetOf({ model }: ReplicateModel, input: PredictionRequest["input"]): NativeFields {
  const asking = ["control_image", "controlnet_conditioning_scale"].find((field) => input[field] != null);
  return asking === undefined ? {} : { controlnet: { id: onlyControlNet(model, `input.${asking}`) } };
}

/** That model's own defaults, where they are not ours. */
function withDefaults(input: PredictionRequest["input"]) {
  const { output_format = "jpg", output_quality = 80, lora_weights: weights, lora_scales: scales, ...others } = input;
  const lora_weights = weights == null ? undefined : lorasOf(weights, scales);
  return {
    ...others,
    lora_weights,
    output_format,
    output_quality: output_format !== "png" ? output_quality : undefined,
  };
}

/** One LoRA may stand without a list, and so may its scale. */
function lorasOf(weights: unknown, scales: unknown): unknown[] {
  const scaleOf = (index: number) => (Array.isArray(scales) ? scales[index] : index === 0 ? scales : undefined);
  return [weights].flat().map((text: unknown, index) => {
    const scale = scaleOf(index);
    return { ...(typeof text === "string" ? loraOf(text) : { id: text }), scale: scale ?? undefined };
  });
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
