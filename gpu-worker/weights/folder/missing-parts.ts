import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import { configPath } from "./component-config.ts";

/** Files named in a message. */
const maxShown = 5;
const layouts =
  "Expected the Hugging Face layout (model_index.json and the folders scheduler, tokenizer, text_encoder, transformer, " +
  "vae; download the whole repository), or a models folder of ComfyUI (diffusion_models, text_encoders, vae); to get " +
  "one: npm run models -- pull z-image-turbo";

/** For a place without a transformer. @param passedBy - what lies there, and why it is none, a sentence each */
export function noModelIn(root: string, passedBy: readonly string[]): InvalidFileError {
  const problem = existsSync(root)
    ? `${root} is not a complete Z-Image checkpoint: it has no transformer of Z-Image${lookedAt(passedBy)}`
    : `there is no ${root}`;
  return new InvalidFileError(`${problem}. ${layouts}`);
}

/**
 * For a transformer without the rest.
 * @param missing - paths of files
 * @param passedBy - what lies there in their place, a sentence each
 */
export function missingAround(
  {
    transformer,
    textEncoder,
    vae,
    tokenizer,
  }: Readonly<Record<"transformer" | "textEncoder" | "vae" | "tokenizer", string>>,
  missing: readonly string[],
  passedBy: readonly string[],
): InvalidFileError {
  const remedies = [
    [
      configPath("text_encoder", textEncoder),
      "a Qwen3-4B file in the folder text_encoders, or its path with --text-encoder",
    ],
    [configPath("vae", vae), "ae.safetensors in the folder vae, or its path with --vae"],
    [
      join(tokenizer, "tokenizer.json"),
      "the folder tokenizer with tokenizer.json and tokenizer_config.json of the original repository (npm run models -- " +
        "pull z-image-turbo --only tokenizer), or its path with --tokenizer",
    ],
  ] as const;
  const expected = remedies.filter(([path]) => missing.includes(path)).map(([, remedy]) => remedy);
  return new InvalidFileError(
    `${transformer} is a transformer alone; missing beside it: ${missing.join(", ")}${lookedAt(passedBy)}. ` +
      `Expected ${expected.join("; ")}`,
  );
}

function lookedAt(passedBy: readonly string[]): string {
  if (passedBy.length === 0) return "";
  const shown = passedBy.slice(0, maxShown).join("; ");
  return `; passed by: ${shown}${passedBy.length > maxShown ? `; and ${passedBy.length - maxShown} more` : ""}`;
}
