import type { ImageParams } from "../job.ts";
import { defaultSampler, type SamplerName } from "../request/samplers.ts";

/**
 * The text in which the AUTOMATIC1111 web UI says how an image was drawn, and which ComfyUI, Civitai and others read:
 * prompt, negative prompt, and one line of settings.
 */

/** The prompts as they were sent: through that web UI's API, with the tags that became LoRAs. */
export interface SentPrompts {
  readonly prompt: string;
  readonly negativePrompt: string;
}

/** What the text's readers call the samplers. */
export const samplerLabels: { readonly [name in SamplerName]: string } = {
  euler: "Euler",
  euler_ancestral: "Euler a",
  heun: "Heun",
};

/** The text's scale of guidance counts the prompt itself, ours what is added to it. */
export function cfgScale({ guidance }: Pick<ImageParams, "guidance">): number {
  return guidance + 1;
}

/** What the text says beside the prompts. */
export type InfotextParams = Pick<
  ImageParams,
  "model" | "width" | "height" | "steps" | "guidance" | "sampler" | "strength"
>;

/** @param seed - of the one image */
export function infotext(params: InfotextParams, seed: number, sent: SentPrompts): string {
  const settings: [string, string | number | undefined][] = [
    ["Steps", params.steps],
    ["Sampler", samplerLabels[params.sampler ?? defaultSampler]],
    ["Schedule type", "Automatic"],
    ["CFG scale", cfgScale(params)],
    ["Seed", seed],
    ["Size", `${params.width}x${params.height}`],
    ["Model", params.model],
    ["Denoising strength", params.strength],
  ];
  const line = settings.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${quoted(String(value))}`]));
  const negative = sent.negativePrompt === "" ? [] : [`Negative prompt: ${sent.negativePrompt}`];
  return [sent.prompt, ...negative, line.join(", ")].join("\n").trim();
}

/** Settings of such a text by their names, with `Prompt` and `Negative prompt`; empty for a text that has none. */
export function parseInfotext(text: string): { readonly [name: string]: string } {
  const lines = text.trim().split("\n");
  const last = lines.at(-1) ?? "";
  const settings = readSettings(last);
  if (!Object.hasOwn(settings, "Steps")) return {};
  const before = lines.slice(0, -1);
  const negativeAt = before.findIndex((line) => line.startsWith("Negative prompt:"));
  const [prompt, negative] = negativeAt < 0 ? [before, []] : [before.slice(0, negativeAt), before.slice(negativeAt)];
  return {
    Prompt: prompt.join("\n"),
    "Negative prompt": negative.join("\n").replace("Negative prompt:", "").trim(),
    ...settings,
  };
}

/** A value with a comma, a colon or a line break stands in quotes. */
function quoted(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}

/** `Name: value, Name: "value, with a comma"`, read from left to right. */
function readSettings(line: string): { [name: string]: string } {
  const settings: [string, string][] = [];
  for (let at = 0; at < line.length; ) {
    const colon = line.indexOf(":", at);
    if (colon < 0) break;
    const name = line.slice(at, colon).trim();
    let from = colon + 1;
    while (line[from] === " ") from++;
    const end = line[from] === '"' ? closingQuote(line, from) : undefined;
    const comma = line.indexOf(",", end ?? from);
    const until = comma < 0 ? line.length : comma;
    const value = line.slice(from, end ?? until).trim();
    settings.push([name, end === undefined ? value : unquoted(value)]);
    at = until + 1;
  }
  return Object.fromEntries(settings);
}

/** Index behind the quote that ends the text in quotes at `from`; `undefined` where none does. */
function closingQuote(line: string, from: number): number | undefined {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === '"') return at + 1;
  }
  return undefined;
}

function unquoted(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** @returns `undefined` for a sampler that is not ours */
export function findSamplerLabel(label: string): SamplerName | undefined {
  return (Object.keys(samplerLabels) as SamplerName[]).find((name) => samplerLabels[name] === label);
}
