import type { ImageParams } from "../job.ts";
import { passedRequest } from "./passed-request.ts";

/** Fields of a request whose files an image was drawn from, and which are not in its own file. */
export const inputFields = ["image", "mask", "references", "controlnet", "latents"] as const;
type InputField = (typeof inputFields)[number];

/** Those of `inputFields` that have a file. @returns `undefined` where none has */
export function inputsOf(files: { readonly [field in InputField]: unknown }): readonly InputField[] | undefined {
  const inputs = inputFields.filter((field) => files[field] !== undefined);
  return inputs.length > 0 ? inputs : undefined;
}

/**
 * The fields of `POST /v1/jobs` that draw an image of these parameters again, all but its seed and the files that it
 * was drawn from: `inputs` names the fields that had one.
 */
export function repeatRequest(params: ImageParams): {
  readonly inputs?: readonly InputField[];
  readonly [field: string]: unknown;
} {
  const { model, width, height, steps, guidance, strength, maskMode, loras, format, quality } = params;
  const files = {
    image: params.imageKey,
    mask: params.maskKey,
    references: params.referenceKeys,
    controlnet: params.controlNet,
    latents: params.latentsKey,
  };
  return {
    model,
    ...passedRequest(params),
    size: `${width}x${height}`,
    steps: params.sigmas === undefined ? steps : undefined,
    guidance,
    strength,
    mask_mode: maskMode,
    loras: loras?.map(({ id, scale }) => ({ id, scale })),
    output: { format, quality },
    inputs: inputsOf(files),
  };
}
