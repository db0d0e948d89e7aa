import { jobRetentionS } from "../../../../shared/limits.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import { foreignWarning } from "../../../../shared/warnings/warning.ts";
import { onlyControlNet } from "../adapter-references.ts";
import { type NativeFields, parseForeignRequest } from "../map-fields.ts";
import type { FalModel, FalTask } from "./fal-model.ts";
import { inputRules } from "./input-rules.ts";

export interface FalOptions {
  readonly webhookUrl: string | undefined;
  readonly lowPriority: boolean;
  readonly startTimeoutS: number | undefined;
  /** The client's wish for how long its images are kept, and for whom: a header, whose form does not matter here. */
  readonly lifecycle?: string | undefined;
  /** `0`: the client wants nothing stored. */
  readonly storeIo?: string | undefined;
}

const lifecycleWarning =
  `x-fal-object-lifecycle-preference has no effect: images are kept for ${jobRetentionS / 86_400} days, ` +
  "for whoever has their link";

/** Required fields of each task; one of each group is enough. */
const required: { readonly [task in FalTask]: readonly (readonly [string, ...string[]])[] } = {
  "text-to-image": [],
  "image-to-image": [["image_url"]],
  inpaint: [["image_url"], ["mask_image_url", "mask_url"]],
  controlnet: [["image_url"]],
};

export function parseFalRequest(
  input: unknown,
  falModel: FalModel,
  { webhookUrl, lowPriority, startTimeoutS, lifecycle, storeIo }: FalOptions,
  context: ImageRequestContext,
): ImageSubmission {
  const { model, task } = falModel;
  const isGiven = (field: string) => (input as { readonly [field: string]: unknown } | null)?.[field] != null;
  const submission = parseForeignRequest(
    {
      fields: input,
      rules: inputRules[task],
      names: { "webhook.url": "fal_webhook", model: "model" },
      native: {
        model: model.id,
        ...defaultsOf(falModel, isGiven),
        webhook: webhookUrl === undefined ? undefined : { url: webhookUrl },
        priority: lowPriority ? "batch" : undefined,
        deadline_s: startTimeoutS,
        store: storeIo === "0" ? false : undefined,
      },
    },
    context,
  );
  const missing = required[task].filter((fields) => !fields.some(isGiven));
  const [first, ...rest] = missing.map(([param]) => {
    return { param, code: "invalid_value", message: `${param} is required` };
  });
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  const { image_size: size } = input as { readonly image_size?: unknown };
  return {
    ...submission,
    warnings:
      lifecycle === undefined ? submission.warnings : [...submission.warnings, foreignWarning(lifecycleWarning)],
    // fal's `auto`, the default of this task, is the size of the control image.
    followsImageSize: submission.followsImageSize || (task === "controlnet" && (size == null || size === "auto")),
    webhook: submission.webhook && { ...submission.webhook, form: "fal" },
  };
}

/**
 * What fal's models do where a request does not say, and ours would do otherwise: a call that is unchanged costs what
 * it did.
 */
function defaultsOf({ model, task, falName }: FalModel, isGiven: (field: string) => boolean): NativeFields {
  const fields: { [field: string]: unknown } = {};
  if (task === "controlnet") fields.controlnet = { id: onlyControlNet(model, "controlnet"), end: 0.8 };
  if (falName === undefined) return fields;
  const namesSize = ["image_size", "aspect_ratio", "image_url"].some(isGiven);
  if (task === "text-to-image" && !namesSize) {
    // A model made for small images draws the same proportions at its own size.
    Object.assign(fields, model.defaultWidth < 1024 ? { aspect_ratio: "4:3" } : { size: "1024x768" });
  }
  if (falName !== "turbo" && model.guidanceSupported) {
    fields.steps = Math.min(28, model.defaultSteps);
    fields.guidance = falName === "base" ? 5 : 4;
  }
  return fields;
}
