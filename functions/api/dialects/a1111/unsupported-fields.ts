import { sizeMultiple } from "../../../../shared/limits.ts";
import type { CatalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import type { FieldError } from "../../../../shared/request/field-errors.ts";
import type { A1111Fields } from "./fields.ts";
import { findSampler, isOwnSchedule } from "./samplers.ts";

/*
 * Fields of the web UI that this service has nothing for. One that would make another image is refused when it is on;
 * one that tools send without being asked is taken, and named in the response's warnings.
 */

/** Names that stand for nothing chosen. */
const none: ReadonlySet<string> = new Set(["", "none", "automatic"]);

export function problemsOf(fields: A1111Fields): FieldError[] {
  const problems: FieldError[] = [];
  const refuse = (param: string, message: string) => problems.push({ param, code: "unsupported_capability", message });
  for (const param of ["restore_faces", "tiling"] as const) {
    if (fields[param]) refuse(param, `${param} is not supported here; turn it off`);
  }
  if ((fields.subseed_strength ?? 0) !== 0)
    refuse("subseed_strength", "subseed_strength must be 0: there are no variation seeds here");
  for (const param of ["refiner_checkpoint", "script_name"] as const) {
    const value = fields[param] ?? "";
    if (!none.has(value.toLowerCase()))
      refuse(param, `${param} must be empty, got ${JSON.stringify(value.slice(0, 60))}: there are none here`);
  }
  for (const script of Object.keys(fields.alwayson_scripts ?? {}).slice(0, 5)) {
    refuse(
      "alwayson_scripts",
      `always on script ${JSON.stringify(script.slice(0, 60))} not found: there are no scripts here`,
    );
  }
  if (fields.enable_hr && !isDoubled(fields))
    refuse("hr_scale", "hr_scale must be 2: the second pass draws at twice the sides");
  return problems;
}

function isDoubled({ hr_scale, hr_resize_x, hr_resize_y, width, height }: A1111Fields): boolean {
  if (!hr_resize_x && !hr_resize_y) return (hr_scale ?? 2) === 2;
  return (!hr_resize_x || hr_resize_x === 2 * (width ?? 0)) && (!hr_resize_y || hr_resize_y === 2 * (height ?? 0));
}

export function warningsOf(fields: A1111Fields, model: CatalogModel, task: "txt2img" | "img2img"): string[] {
  const warnings: string[] = [];
  const { cfg_scale, scheduler, styles, inpainting_fill, inpaint_full_res, resize_mode, mask, mask_blur } = fields;
  const sampler = fields.sampler_name || fields.sampler_index || "";
  if (sampler !== "" && findSampler(sampler) === undefined) {
    warnings.push(`sampler_name ${JSON.stringify(sampler.slice(0, 60))} is not here; Euler was used`);
  }
  if (scheduler != null && !isOwnSchedule(scheduler))
    warnings.push("scheduler has no effect: the model has a schedule of its own");
  if (cfg_scale != null && cfg_scale > 1 && !model.guidanceSupported) {
    warnings.push(`cfg_scale has no effect: ${model.id} was distilled to need no guidance`);
  }
  for (const side of ["width", "height"] as const) {
    const value = fields[side];
    if (value != null && value % sizeMultiple !== 0) {
      warnings.push(`${side} ${value} was rounded down to a multiple of ${sizeMultiple}`);
    }
  }
  if ((styles ?? []).some((style) => !none.has(style.toLowerCase())))
    warnings.push("styles has no effect: there are none here");
  if (fields.enable_hr && task === "txt2img" && fields.denoising_strength != null) {
    warnings.push("denoising_strength has no effect on the second pass, which runs at 0.35");
  }
  if (task === "img2img" && mask != null) {
    if (inpainting_fill != null && inpainting_fill !== 1)
      warnings.push("inpainting_fill has no effect: drawing starts from the image (1)");
    if (inpaint_full_res) warnings.push("inpaint_full_res has no effect: the whole image is drawn");
    if (mask_blur != null && mask_blur > 0)
      warnings.push("mask_blur fades over 4 pixels here, whatever its value; 0 is a hard edge");
  }
  if (task === "img2img" && resize_mode != null && resize_mode !== 1) {
    warnings.push("resize_mode has no effect: the image is scaled to cover the size, and what is left over is cut off");
  }
  return warnings;
}
