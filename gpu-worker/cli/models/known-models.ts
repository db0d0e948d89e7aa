/** Forms in which a model can be pulled: as its makers published it, or as others made it smaller. */
export const pullForms = ["published", "int8-convrot", "fp8", "gguf-q8", "gguf-q4"] as const;
export type PullForm = (typeof pullForms)[number];

/** Files of one repository that belong to a form. */
export interface FormSource {
  readonly repository: string;
  /** Path in the model's folder of a file of the repository; `undefined` for what stays there. */
  readonly place: (path: string) => string | undefined;
  /** Paths in the model's folder without which the form is not whole. */
  readonly needed: readonly string[];
}

interface KnownModelForms {
  readonly licence: string;
  /** The transformer's repository is the first of each form. */
  readonly forms: { readonly [form in PullForm]?: readonly FormSource[] };
}

/**
 * What the engine reads of a published folder, and what says whose it is. Everything else in a repository (images,
 * other programs' files) stays there.
 */
const ofFolder =
  /^((model_index|generation_config)\.json|LICEN[CS]E[\w.-]*|NOTICE[\w.-]*|README\.md|(scheduler|tokenizer|text_encoder|transformer|vae)\/[^/]+\.(json|safetensors|txt|jinja))$/;
/**
 * What files made smaller come without: the tokenizer, the scheduler, whose shift tells the family, and the licence.
 */
const besideWeights = /^(LICEN[CS]E[\w.-]*|NOTICE[\w.-]*|(scheduler|tokenizer)\/[^/]+\.(json|txt|jinja))$/;

const published = (repository: string): FormSource => ({
  repository,
  place: (path) => (ofFolder.test(path) ? path : undefined),
  needed: [],
});
const companions = (repository: string): FormSource => ({
  repository,
  place: (path) => (besideWeights.test(path) ? path : undefined),
  needed: ["tokenizer/tokenizer.json", "scheduler/scheduler_config.json"],
});
/** Files by their names, each in a folder where ComfyUI keeps such a file too. */
function files(repository: string, places: Readonly<Record<string, string>>): FormSource {
  const needed = Object.values(places);
  return { repository, place: (path) => places[path], needed };
}

const split = (file: string) => ({ [`split_files/${file}`]: file });
const vae = split("vae/ae.safetensors");
const fp8Encoder = split("text_encoders/qwen_3_4b_fp8_mixed.safetensors");
const ggufEncoder = (name: string) => files("unsloth/Qwen3-4B-GGUF", { [name]: `text_encoders/${name}` });
const gguf = (repository: string, name: string) => files(repository, { [name]: `diffusion_models/${name}` });

const turbo = "Tongyi-MAI/Z-Image-Turbo";
const base = "Tongyi-MAI/Z-Image";
const comfy = "Comfy-Org/z_image_turbo";

/**
 * What can be pulled by name; the small forms as Comfy-Org, unsloth and T5B publish them. All are under the Apache
 * License 2.0, by their publishers' model cards.
 */
export const knownModels = {
  "z-image-turbo": {
    licence: "apache-2.0",
    forms: {
      published: [published(turbo)],
      "int8-convrot": [
        files(comfy, {
          ...split("diffusion_models/z_image_turbo_int8_convrot.safetensors"),
          ...fp8Encoder,
          ...vae,
        }),
        companions(turbo),
      ],
      fp8: [
        files("T5B/Z-Image-Turbo-FP8", {
          "z-image-turbo-fp8-e4m3fn.safetensors": "diffusion_models/z-image-turbo-fp8-e4m3fn.safetensors",
        }),
        files(comfy, { ...fp8Encoder, ...vae }),
        companions(turbo),
      ],
      "gguf-q8": [
        gguf("unsloth/Z-Image-Turbo-GGUF", "z-image-turbo-Q8_0.gguf"),
        ggufEncoder("Qwen3-4B-Q8_0.gguf"),
        files(comfy, vae),
        companions(turbo),
      ],
      "gguf-q4": [
        gguf("unsloth/Z-Image-Turbo-GGUF", "z-image-turbo-Q4_0.gguf"),
        ggufEncoder("Qwen3-4B-Q4_0.gguf"),
        files(comfy, vae),
        companions(turbo),
      ],
    },
  },
  "z-image": {
    licence: "apache-2.0",
    forms: {
      published: [published(base)],
      "int8-convrot": [
        files("Comfy-Org/z_image", split("diffusion_models/z_image_int8_convrot.safetensors")),
        files(comfy, { ...fp8Encoder, ...vae }),
        companions(base),
      ],
      "gguf-q8": [
        gguf("unsloth/Z-Image-GGUF", "z-image-Q8_0.gguf"),
        ggufEncoder("Qwen3-4B-Q8_0.gguf"),
        files(comfy, vae),
        companions(base),
      ],
      "gguf-q4": [
        gguf("unsloth/Z-Image-GGUF", "z-image-Q4_0.gguf"),
        ggufEncoder("Qwen3-4B-Q4_0.gguf"),
        files(comfy, vae),
        companions(base),
      ],
    },
  },
} as const satisfies Readonly<Record<string, KnownModelForms>>;
export type KnownModel = keyof typeof knownModels;

/** @returns `undefined` where nobody publishes the model in that form */
export function formSources(model: KnownModel, form: PullForm): readonly FormSource[] | undefined {
  const { forms }: KnownModelForms = knownModels[model];
  return forms[form];
}
