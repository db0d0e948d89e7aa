import { cfgScale, infotext, samplerLabels } from "../../../../shared/image-files/infotext.ts";
import type { Job } from "../../../../shared/job.ts";
import { defaultSampler } from "../../../../shared/request/samplers.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import type { A1111Request } from "./request.ts";

/**
 * Body of `txt2img` and `img2img`. A job that was interrupted has no images, as in the web UI.
 * @param files - base64 of each image, with its own text, and behind them of the images that it was made from
 */
export function imagesResponse(job: Job, request: A1111Request, files: readonly string[]) {
  const infotexts = job.images.map(({ seed }) => infotext(job.params, seed, request.sent));
  return {
    images: request.fields.send_images === false ? [] : files.slice(0, job.images.length),
    parameters: parametersOf(request, files.slice(job.images.length)),
    info: JSON.stringify(infoOf(job, request, infotexts)),
    warnings: warningMessages(job.warnings),
  };
}

/** The request as it was read, without its files unless they are asked for. */
function parametersOf({ fields }: A1111Request, [image, mask]: readonly string[]) {
  const { init_images: _image, mask: _mask, include_init_images, ...rest } = fields;
  return {
    ...rest,
    batch_size: fields.batch_size ?? 1,
    n_iter: fields.n_iter ?? 1,
    save_images: false,
    ...(include_init_images && image !== undefined
      ? { init_images: [image], mask: mask ?? null }
      : { init_images: null, mask: null }),
  };
}

function infoOf(job: Job, { fields, sent }: A1111Request, infotexts: readonly string[]) {
  const { params, images } = job;
  const seeds = images.map(({ seed }) => seed);
  return {
    prompt: sent.prompt,
    all_prompts: images.map(() => sent.prompt),
    negative_prompt: sent.negativePrompt,
    all_negative_prompts: images.map(() => sent.negativePrompt),
    seed: seeds[0] ?? params.seed,
    all_seeds: seeds,
    subseed: -1,
    all_subseeds: images.map(() => -1),
    subseed_strength: 0,
    width: params.width,
    height: params.height,
    sampler_name: samplerLabels[params.sampler ?? defaultSampler],
    cfg_scale: cfgScale(params),
    steps: params.steps,
    batch_size: fields.batch_size ?? 1,
    restore_faces: false,
    face_restoration_model: null,
    sd_model_name: params.model,
    sd_model_hash: null,
    sd_vae_name: null,
    sd_vae_hash: null,
    seed_resize_from_w: -1,
    seed_resize_from_h: -1,
    denoising_strength: params.strength ?? null,
    extra_generation_params: { "Schedule type": "Automatic" },
    index_of_first_image: 0,
    infotexts,
    styles: [],
    job_timestamp: timestamp(job.createdAt),
    clip_skip: 1,
    is_using_inpainting_conditioning: false,
  };
}

/** UTC, as `20260131120000`. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[^\d]/g, "").slice(0, 14);
}
