import * as z from "zod";
import { maxImagesPerOpenaiRequest, maxSeed, maxSteps } from "../../../../shared/limits.ts";

const text = (characters: number) => z.string().max(characters).nullish();
const name = text(300);
const flag = z.union([z.boolean(), z.int().min(0).max(1)]).nullish();
const number = z.number().min(-1e9).max(1e9).nullish();
const file = z.string().min(1).max(8_000_000);

/**
 * Fields that are read here. Tools send many more, which this API ignores; the response's `warnings` names those that
 * say something.
 */
export const a1111RequestSchema = z
  .object({
    prompt: z.string().max(20_000).nullish(),
    negative_prompt: text(20_000),
    seed: z.int().min(-1).max(maxSeed).nullish().describe("-1 is random; the response's info has the seed."),
    subseed_strength: number,
    sampler_name: name,
    sampler_index: name.describe("The older name of sampler_name."),
    scheduler: name,
    batch_size: z.int().min(1).max(maxImagesPerOpenaiRequest).nullish(),
    n_iter: z.int().min(1).max(maxImagesPerOpenaiRequest).nullish(),
    steps: z.int().min(1).max(maxSteps).nullish(),
    cfg_scale: z.number().min(0).max(30).nullish().describe("1 is off."),
    width: z.int().nullish().describe("Rounded down to a multiple of 16."),
    height: z.int().nullish(),
    denoising_strength: z.number().min(0).max(1).nullish(),
    override_settings: z.looseObject({ sd_model_checkpoint: name }).nullish(),
    styles: z.array(z.string().max(300)).max(100).nullish(),
    restore_faces: flag,
    tiling: flag,
    refiner_checkpoint: name,
    script_name: name,
    alwayson_scripts: z.record(z.string().max(300), z.unknown()).nullish(),
    enable_hr: flag,
    hr_scale: number,
    hr_resize_x: number,
    hr_resize_y: number,
    send_images: flag,
    do_not_save_samples: flag.describe("true: nothing is kept once the response is delivered."),
    init_images: z.array(file).max(10).nullish(),
    mask: file.nullish(),
    mask_blur: number,
    inpainting_mask_invert: flag,
    inpainting_fill: z.int().min(0).max(3).nullish(),
    inpaint_full_res: flag,
    resize_mode: z.int().min(0).max(3).nullish(),
    include_init_images: flag,
  })
  .meta({ id: "A1111ImageRequest" });

export type A1111Fields = z.infer<typeof a1111RequestSchema>;
