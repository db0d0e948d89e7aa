import { existsSync } from "node:fs";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { Component } from "./component-config.ts";
import { identifyFile } from "./identify-file.ts";
import type { ModelFamily } from "./model-family.ts";
import { isFile } from "./part-files.ts";

/** Parts that somebody names, in place of those that would be found. Paths. */
export interface ModelParts {
  readonly transformer?: string;
  readonly textEncoder?: string;
  readonly vae?: string;
  readonly tokenizer?: string;
  readonly family?: ModelFamily;
}

const expected = {
  textEncoder: ["text_encoder", "the text encoder of Z-Image, Qwen3-4B (such as qwen_3_4b.safetensors)"],
  vae: ["vae", "the autoencoder of Z-Image, that of FLUX.1 (ae.safetensors)"],
} as const;

/**
 * Parts that somebody names, before anything is loaded: what is not there would be told as one that nobody has named,
 * and another model's by the first tensor of another shape.
 * @throws InvalidFileError naming the file, what it holds and what was expected
 */
export function checkNamedParts(parts: ModelParts): void {
  const { transformer, textEncoder, vae, tokenizer } = parts;
  const named = Object.entries({ transformer, "text encoder": textEncoder, VAE: vae, tokenizer });
  for (const [what, path] of named) {
    if (path === undefined || existsSync(path)) continue;
    throw new InvalidFileError(`there is no ${path}, which is named as the ${what}; correct its path, or leave it out`);
  }
  for (const part of ["textEncoder", "vae"] as const) {
    const path = parts[part];
    if (path === undefined || !isFile(path)) continue;
    const file = identifyFile(path);
    if ("problem" in file) throw new InvalidFileError(file.problem);
    const [component, description] = expected[part];
    if (file.parts.get(component)?.isOurs) continue;
    throw new InvalidFileError(`${path} holds ${file.holds}, expected ${description}`);
  }
}

/**
 * Whether named files have the widths of the transformer that they are to go with.
 * @throws InvalidFileError with both widths
 */
export function checkNamedWidths({ textEncoder, vae }: ModelParts, transformer: string): void {
  const widthsOf = (path: string, component: Component) => {
    const file = identifyFile(path);
    return "parts" in file ? file.parts.get(component) : undefined;
  };
  const check = (path: string | undefined, component: Component, width: "textWidth" | "latentChannels") => {
    if (path === undefined || !isFile(path)) return;
    const has = widthsOf(path, component)?.[width];
    const reads = widthsOf(transformer, "transformer")?.[width];
    if (has === undefined || reads === undefined || has === reads) return;
    const what = width === "textWidth" ? "features" : "latent channels";
    throw new InvalidFileError(`${path} has ${has} ${what}, and the transformer ${transformer} ${reads}; take another`);
  };
  check(textEncoder, "text_encoder", "textWidth");
  check(vae, "vae", "latentChannels");
}
