import type { SentPrompts } from "../../../../shared/image-files/infotext.ts";
import { maxImagesPerOpenaiRequest, sizeMultiple } from "../../../../shared/limits.ts";
import { type CatalogModel, findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { type FieldError, InvalidRequestError, parseFields } from "../../../../shared/request/field-errors.ts";
import {
  type ImageRequestContext,
  type ImageSubmission,
  unknownModel,
} from "../../../../shared/request/parse-image-request.ts";
import { foreignWarning } from "../../../../shared/warnings/warning.ts";
import { type NativeFields, parseForeignRequest } from "../map-fields.ts";
import { type A1111Fields, a1111RequestSchema } from "./fields.ts";
import { takeLoras } from "./prompt-loras.ts";
import { findSampler } from "./samplers.ts";
import { problemsOf, warningsOf } from "./unsupported-fields.ts";

type Task = "txt2img" | "img2img";

export interface A1111Request {
  readonly task: Task;
  readonly fields: A1111Fields;
  readonly sent: SentPrompts;
  /** LoRAs that the prompt names, not looked up yet. */
  readonly loras: ReturnType<typeof takeLoras>["loras"];
  readonly prompt: string;
}

/** @throws InvalidRequestError */
export function readA1111Request(body: unknown, task: Task): A1111Request {
  const fields = parseFields(a1111RequestSchema, body);
  const problems = [...problemsOf(fields), ...nativeFieldsIn(body)];
  if (task === "img2img" && fields.init_images?.length !== 1) {
    problems.push(
      refusal("init_images", `init_images must hold one image, got ${fields.init_images?.length ?? "nothing"}`),
    );
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  const sent = { prompt: fields.prompt ?? "", negativePrompt: fields.negative_prompt ?? "" };
  return { task, fields, sent, ...takeLoras(sent.prompt) };
}

/**
 * Fields of the native API that would make another image. Others that this API does not know are passed over, as the
 * web UI does.
 */
function nativeFieldsIn(body: unknown): FieldError[] {
  const given = Object.keys(body as object);
  const native = ["references", "controlnet", "loras"].filter((param) => given.includes(param));
  return native.map((param) => refusal(param, `unknown field ${param}; POST /v1/jobs takes it`));
}

export function withoutImages(request: A1111Request): A1111Request {
  return { ...request, fields: { ...request.fields, init_images: undefined, mask: undefined } };
}

export interface Settings {
  /** The account's own choice among the models, for requests that name none. */
  readonly checkpoint: string | undefined;
  readonly loras: readonly { readonly id: string; readonly scale: number }[];
}

/** @throws InvalidRequestError in this API's field names */
export function submissionOf(
  request: A1111Request,
  { checkpoint, loras }: Settings,
  context: ImageRequestContext,
): ImageSubmission {
  const { fields, prompt, sent, task } = request;
  const model = modelOf(fields.override_settings?.sd_model_checkpoint, checkpoint, context.models);
  const native: NativeFields = {
    model: model.id,
    prompt,
    negative_prompt: sent.negativePrompt === "" ? undefined : sent.negativePrompt,
    seed: fields.seed ?? undefined,
    n: (fields.batch_size ?? 1) * (fields.n_iter ?? 1),
    steps: fields.steps ?? undefined,
    guidance: guidanceOf(fields, model),
    sampler: findSampler(samplerName(fields)),
    width: drawable(fields.width),
    height: drawable(fields.height),
    loras: loras.length === 0 ? undefined : loras,
    upscale: fields.enable_hr && task === "txt2img" ? "refine" : undefined,
    store: fields.do_not_save_samples ? false : undefined,
    ...(task === "img2img" ? imagesOf(fields) : {}),
  };
  const names = {
    guidance: "cfg_scale",
    strength: "denoising_strength",
    image: "init_images.0",
    loras: "prompt",
    n: "batch_size",
    model: "override_settings.sd_model_checkpoint",
    upscale: "enable_hr",
  };
  const submission = parseForeignRequest(
    { fields: {}, rules: {}, native: present(native), names },
    { ...context, maxImages: maxImagesPerOpenaiRequest },
  );
  return { ...submission, warnings: [...submission.warnings, ...warningsOf(fields, model, task).map(foreignWarning)] };
}

/** Masks mark by white; inverted, by black. */
function imagesOf(fields: A1111Fields): NativeFields {
  const image = reference(fields.init_images![0]!);
  const strength = fields.denoising_strength ?? 0.75;
  if (fields.mask == null) return { image, strength };
  return {
    image,
    strength,
    mask: reference(fields.mask),
    mask_mode: fields.inpainting_mask_invert ? "black" : "white",
    mask_blend: fields.mask_blur === 0 ? "hard" : "feather",
  };
}

/** This API takes bare base64, data URLs and addresses. */
function reference(image: string): string {
  return /^(?:data:|https?:\/\/)/i.test(image.slice(0, 10)) ? image : `data:application/octet-stream;base64,${image}`;
}

/**
 * Guidance of this API multiplies the difference to the negative prompt and starts from that; ours starts from the
 * prompt, so that it is one less. A model without guidance has none, as tools always send a value.
 */
function guidanceOf({ cfg_scale }: A1111Fields, { guidanceSupported }: CatalogModel): number | undefined {
  if (cfg_scale == null) return undefined;
  return guidanceSupported ? Math.max(0, cfg_scale - 1) : 0;
}

/**
 * The model that a request names; else the account's own choice, as long as it is served; else the default.
 * @throws InvalidRequestError `model_not_found`
 */
function modelOf(
  named: string | null | undefined,
  chosen: string | undefined,
  models: readonly CatalogModel[],
): CatalogModel {
  if (!named) return (chosen === undefined ? undefined : findModel(models, chosen)) ?? models[0]!;
  const model = findModel(models, named);
  if (model !== undefined) return model;
  throw new InvalidRequestError([{ ...unknownModel(named, models), param: "override_settings.sd_model_checkpoint" }]);
}

function samplerName({ sampler_name, sampler_index }: A1111Fields): string {
  return sampler_name || sampler_index || "";
}

/** Canvas selections have any size; 0 is left for the model's limits to refuse. */
function drawable(side: number | null | undefined): number | undefined {
  return side == null ? undefined : Math.floor(side / sizeMultiple) * sizeMultiple;
}

function refusal(param: string, message: string): FieldError {
  return { param, code: "invalid_value", message };
}

function present(fields: NativeFields): NativeFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
