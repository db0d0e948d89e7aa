import { readExifComment } from "../../../../../shared/image-files/exif-comment.ts";
import { objectOf, requestFromTexts } from "../../../../../shared/image-files/request-from-texts.ts";
import { readXmpRequest } from "../../../../../shared/image-files/xmp-request.ts";
import type { Draft, Size } from "../draft.ts";
import { createText } from "../messages.ts";
import { parseSize } from "../sizes.ts";
import { readPngTexts } from "./read-png-texts.ts";

/** A file larger than this was not made by any of the programs whose settings are read. */
const maxBytes = 60_000_000;

type Settings = Partial<Draft>;

/** The settings in a file made here, by A1111 and those who follow it, or by ComfyUI; `null` where there are none. */
export async function readSettings(file: File): Promise<Settings | null> {
  if (file.size > maxBytes) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const texts = await readPngTexts(bytes);
  const fields =
    requestFromTexts({ own: texts.get("zimage") }) ??
    objectOf(readXmpRequest(bytes)) ??
    requestFromTexts({ infotext: texts.get("parameters") ?? readExifComment(bytes), graph: texts.get("prompt") });
  return fields === undefined ? null : draftOf(fields);
}

/** What the page can show of a request; each field is taken only in the form that it must have. */
function draftOf(fields: { readonly [field: string]: unknown }): Settings | null {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  const prompt = text(fields.prompt);
  if (prompt === undefined) return null;
  const output = fields.output as { readonly format?: unknown; readonly quality?: unknown } | undefined;
  const format = (["png", "jpeg", "webp", "avif"] as const).find((each) => each === output?.format);
  const found = {
    prompt,
    negativePrompt: text(fields.negative_prompt),
    size: sizeOf(fields),
    seed: number(fields.seed),
    steps: number(fields.steps),
    guidance: number(fields.guidance),
    strength: number(fields.strength),
    format,
    loras: lorasOf(fields.loras),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function sizeOf({ size, width, height }: { readonly [field: string]: unknown }): Size | undefined {
  return parseSize(typeof size === "string" ? size : `${width}x${height}`) ?? undefined;
}

function lorasOf(value: unknown): Draft["loras"] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((each: { readonly id?: unknown; readonly scale?: unknown } | null) =>
    typeof each?.id === "string" ? [{ id: each.id, scale: typeof each.scale === "number" ? each.scale : 1 }] : [],
  );
}

/** Names of what was restored, in the reader's language. */
export function describeSettings({ prompt, size, seed, steps }: Settings): string {
  return [
    prompt !== undefined && createText("restoredPrompt"),
    seed != null && createText("seedIs", { seed: String(seed) }),
    steps != null && createText("stepsAre", { n: steps }),
    size != null && `${size.width}×${size.height}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
