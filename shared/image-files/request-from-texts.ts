import { requestFromComfyGraph } from "./comfy-graph.ts";
import { findSamplerLabel, parseInfotext } from "./infotext.ts";

/**
 * Fields of `POST /v1/jobs` from the texts of a file: our own request as JSON, else the settings in A1111's form, else
 * ComfyUI's graph. Runs in browsers too.
 * @returns `undefined` where none says how the image was drawn
 */
export function requestFromTexts({
  own,
  infotext,
  graph,
}: {
  readonly own?: string | undefined;
  readonly infotext?: string | undefined;
  readonly graph?: string | undefined;
}): { readonly [field: string]: unknown } | undefined {
  return jsonObject(own) ?? fromInfotext(infotext ?? "") ?? requestFromComfyGraph(graph ?? "");
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

export function objectOf(value: unknown): { readonly [field: string]: unknown } | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [field: string]: unknown })
    : undefined;
}
