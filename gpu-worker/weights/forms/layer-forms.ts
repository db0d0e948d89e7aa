import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { readTensorBytes, type SafetensorsFile } from "../formats/safetensors.ts";

/** What a file says of the form of one layer's weight. */
export interface FormNote {
  /** Such as `float8_e4m3fn`, `int8_tensorwise`, `nvfp4`. */
  readonly format: string;
  /** Inputs rotated together, where they were. */
  readonly rotationGroup: number | undefined;
}

const defaultRotationGroup = 256;
const maxNoteBytes = 10_000;
const quantizedByFormat = /^(float8_e4m3fn|float8_e5m2|int8|nvfp4|mxfp8)/;

const layerNote = z
  .looseObject({
    format: z.string().max(100),
    convrot: z.boolean().optional(),
    convrot_groupsize: z.int().positive().optional(),
  })
  .transform(({ format, convrot = false, convrot_groupsize = defaultRotationGroup }): FormNote => {
    return { format, rotationGroup: convrot ? convrot_groupsize : undefined };
  });
const fileNote = z.looseObject({ layers: z.record(z.string(), layerNote) });

/**
 * Reads what a file says of its layers: in a tensor `LAYER.comfy_quant` (UTF-8 JSON), or in the metadata
 * `_quantization_metadata`, whose names may lack a prefix that the tensors have, or have one that they lack.
 * @returns by the layer's name as the tensors spell it
 * @throws InvalidFileError for notes that are not JSON, and when asked for a layer whose format is not known
 */
export function layerForms({ path, tensors, metadata }: SafetensorsFile): (layer: string) => FormNote | undefined {
  const text = metadata.get("_quantization_metadata");
  const layers =
    text === undefined ? undefined : byLayer(parse(`${path}: _quantization_metadata`, text, fileNote).layers);
  return (layer) => {
    const note = tensors.get(`${layer}.comfy_quant`);
    const place = `${path}: tensor ${layer}.comfy_quant`;
    if (note !== undefined && note.length > maxNoteBytes) {
      throw new InvalidFileError(`${place}: expected at most ${maxNoteBytes} bytes, got ${note.length}`);
    }
    const form = note
      ? parse(
          place,
          readTensorBytes(note)
            .toString("utf8")
            .replace(/(?<!\0)\0+$/, ""),
          layerNote,
        )
      : layers && withoutPrefixes(layer).flatMap((name) => layers.get(name) ?? [])[0];
    if (form !== undefined && !quantizedByFormat.test(form.format)) {
      throw new InvalidFileError(
        `${path}: tensor ${layer}.weight: the form ${JSON.stringify(form.format)} cannot be read; ` +
          "take the same model in bf16, fp8, int8_convrot or nvfp4, or as a GGUF file",
      );
    }
    return form;
  };
}

/** What tools put before the names of a transformer, which some of them write in the note alone. */
const transformerPrefix = /^(?:model\.)?diffusion_model\.|^transformer\.|^unet\./;

function byLayer(notes: Readonly<Record<string, FormNote>>): ReadonlyMap<string, FormNote> {
  const bare = Object.entries(notes).map(([name, note]) => [name.replace(transformerPrefix, ""), note] as const);
  return new Map([...bare, ...Object.entries(notes)]);
}

const maxPrefixParts = 8;

/** `a.b.c`, `b.c`, `c`. */
function withoutPrefixes(name: string): string[] {
  const parts = name.split(".");
  return parts.slice(0, maxPrefixParts).map((_, first) => parts.slice(first).join("."));
}

function parse<T>(place: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidFileError(`${place}: is no JSON: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error!.issues;
  throw new InvalidFileError(`${place}: ${issue?.path.join(".") || "the note"}: ${issue?.message}`);
}
