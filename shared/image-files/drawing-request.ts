import { readExifComment } from "./exif-comment.ts";
import { findSamplerLabel, parseInfotext } from "./infotext.ts";
import { readPngTexts } from "./png-text.ts";
import { readXmpRequest } from "./xmp-request.ts";

/**
 * Fields of `POST /v1/jobs` that draw the image of this file again, as far as the file says: our own request, else the
 * settings that AUTOMATIC1111's web UI and those who follow it write. They are checked by whoever uses them.
 * @returns `undefined` for a file that does not say how it was drawn
 */
export function readDrawingRequest(file: Uint8Array): { readonly [field: string]: unknown } | undefined {
  const texts = readPngTexts(file);
  const own = jsonObject(texts.get("zimage")) ?? objectOf(readXmpRequest(file));
  return own ?? fromInfotext(texts.get("parameters") ?? readExifComment(file) ?? "");
}

/** The model is left to the caller: other programs name files of theirs. */
function fromInfotext(text: string): { readonly [field: string]: unknown } | undefined {
  const settings = parseInfotext(text);
  if (settings.Steps === undefined) return undefined;
  const number = (name: string) => (settings[name] === undefined ? undefined : Number(settings[name]));
  const cfgScale = number("CFG scale");
  const negative = settings["Negative prompt"];
  return {
    prompt: settings.Prompt,
    negative_prompt: negative === "" ? undefined : negative,
    steps: number("Steps"),
    sampler: findSamplerLabel(settings.Sampler ?? ""),
    guidance: cfgScale === undefined ? undefined : Math.max(0, cfgScale - 1),
    seed: number("Seed"),
    size: settings.Size,
  };
}

function jsonObject(text: string | undefined) {
  try {
    return text === undefined ? undefined : objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): { readonly [field: string]: unknown } | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [field: string]: unknown })
    : undefined;
}
