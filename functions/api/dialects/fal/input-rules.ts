import { loraOf } from "../adapter-references.ts";
import type { FieldRules } from "../map-fields.ts";
import type { FalTask } from "./fal-model.ts";

/** fal's names of sizes, all of which keep our rules. */
const imageSizes: { readonly [name: string]: string } = {
  square_hd: "1024x1024",
  square: "512x512",
  portrait_4_3: "768x1024",
  portrait_16_9: "576x1024",
  landscape_4_3: "1024x768",
  landscape_16_9: "1024x576",
  auto: "auto",
};

/** Side that fal gives an `image_size` which names only the other. */
const defaultSide = 512;

const expectedLoras = "a list of { path, scale }; path is an https URL, a Hugging Face repository or the id of a LoRA";

const commonRules: FieldRules = {
  prompt: "prompt",
  negative_prompt: "negative_prompt",
  image_size: {
    native: "size",
    make: (value) => {
      if (typeof value === "string") return Object.hasOwn(imageSizes, value) ? { size: imageSizes[value] } : undefined;
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      const { width = defaultSide, height = defaultSide, ...others } = value as { readonly [side: string]: unknown };
      return Object.keys(others).length === 0 ? { width, height } : undefined;
    },
    expected: `one of ${Object.keys(imageSizes).join(", ")}, or { width, height }`,
  },
  aspect_ratio: "aspect_ratio",
  num_inference_steps: "steps",
  guidance_scale: "guidance",
  seed: "seed",
  num_images: "n",
  output_format: {
    native: "output.format",
    make: (value) => ({ output: { format: value } }),
    expected: "png, jpeg or webp",
  },
  sync_mode: {
    native: "response",
    // There, too, such a result is in no history.
    make: (value) => {
      if (typeof value !== "boolean") return undefined;
      return value ? { response: "b64", store: false } : { response: "url" };
    },
    expected: "true or false",
  },
  image_url: "image",
  mask_url: "mask",
  mask_image_url: "mask",
  strength: "strength",
  loras: {
    native: "loras",
    make: (value) => {
      if (!Array.isArray(value) || !value.every((lora) => typeof lora?.path === "string")) return undefined;
      return { loras: value.map(({ path, ...rest }) => ({ ...loraOf(path), ...rest })) };
    },
    expected: expectedLoras,
    partName: (part) => `loras.${part.replace(/^(\d+)(?:\.id)?$/, "$1.path")}`,
  },
  enable_prompt_expansion: {
    missing: "is not supported here: nothing rewrites prompts; send false, or write the prompt out",
    unless: [false],
  },
  enable_safety_checker: { ignored: "nothing checks the images", unless: [false] },
  acceleration: { ignored: "there is one speed", unless: ["none"] },
};

/** The value that fal itself takes where a request to inpaint names none. */
const onlyDefault = (value: number) => ({
  native: "controlnet",
  make: (given: unknown) => (given === value ? {} : undefined),
  expected: `${value} or left out: inpainting uses no ControlNet here`,
  warn: () => "has no effect: inpainting uses no ControlNet here",
});

const controlPart = (native: string) => ({
  native: `controlnet.${native}`,
  make: (value: unknown) => ({ controlnet: { [native]: value } }),
  expected: "a value of the ControlNet",
});

/** Inputs of fal's Z-Image models. */
export const inputRules: { readonly [task in FalTask]: FieldRules } = {
  "text-to-image": commonRules,
  "image-to-image": commonRules,
  inpaint: {
    ...commonRules,
    control_scale: onlyDefault(0.75),
    control_start: onlyDefault(0),
    control_end: onlyDefault(0.8),
  },
  controlnet: {
    ...commonRules,
    image_url: controlPart("image"),
    control_scale: controlPart("scale"),
    control_start: controlPart("start"),
    control_end: controlPart("end"),
    preprocess: controlPart("preprocess"),
  },
};
