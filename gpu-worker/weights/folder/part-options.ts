import { resolve } from "node:path";
import { modelFamilies } from "./model-family.ts";
import type { ModelParts } from "./named-parts.ts";

/** Options of every command that loads a model, for `parseArgs`. */
export const partOptions = {
  transformer: { type: "string" },
  "text-encoder": { type: "string" },
  vae: { type: "string" },
  tokenizer: { type: "string" },
  family: { type: "string" },
} as const;

export type PartValues = { readonly [Option in keyof typeof partOptions]?: string | undefined };

/** Environment variables of a worker for the same. */
const partVariables = {
  transformer: "TRANSFORMER",
  "text-encoder": "TEXT_ENCODER",
  vae: "VAE",
  tokenizer: "TOKENIZER",
  family: "FAMILY",
} as const satisfies Record<keyof typeof partOptions, string>;

/** Lines of a help text, each option indented by two. @param width - of the column of options */
export function partHelp(width: number): string {
  const lines = [
    ["--transformer, --text-encoder, --vae FILE, --tokenizer DIR", ""],
    ["", "Parts of the model, where two fit or they lie elsewhere."],
    ["--family NAME", "turbo (8 steps, no guidance) or base (50 steps, guidance). Default: what the files say."],
  ] as const;
  return lines.map(([option, text]) => `  ${text ? option.padEnd(width - 2) : option}${text}\n`).join("");
}

/** @param fail - makes the error of the command at hand @returns `undefined` where no part is named */
export function readParts(values: PartValues, fail: (message: string) => Error): ModelParts | undefined {
  const names = Object.keys(partOptions) as (keyof PartValues)[];
  if (names.every((name) => values[name] === undefined)) return undefined;
  const family = modelFamilies.find((known) => known === values.family);
  if (values.family !== undefined && family === undefined) {
    throw fail(`--family must be ${modelFamilies.join(" or ")}, got ${values.family}`);
  }
  const path = (value: string | undefined) => (value === undefined ? undefined : resolve(value));
  return {
    transformer: path(values.transformer),
    textEncoder: path(values["text-encoder"]),
    vae: path(values.vae),
    tokenizer: path(values.tokenizer),
    family,
  };
}

/** The same from a worker's environment. */
export function partsOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  fail: (message: string) => Error,
): ModelParts | undefined {
  const values = Object.entries(partVariables).map(([option, name]) => [option, env[name] || undefined]);
  return readParts(Object.fromEntries(values) as PartValues, fail);
}

/** What `partsOfEnvironment` reads. */
export function environmentOfParts({
  transformer,
  textEncoder,
  vae,
  tokenizer,
  family,
}: ModelParts = {}): Record<string, string> {
  const values = { transformer, "text-encoder": textEncoder, vae, tokenizer, family };
  const given = Object.entries(values).flatMap(([option, value]) =>
    value === undefined ? [] : [[partVariables[option as keyof typeof partVariables], value]],
  );
  return Object.fromEntries(given);
}
