import { extname } from "node:path";
import { parseArgs } from "node:util";
import { defaultModel } from "../../../models/default-model.ts";
import type { ControlSettings, ImageFormat } from "../../../shared/job.ts";
import {
  defaultControlScale,
  maxAdapterScale,
  maxLoras,
  maxPixels,
  maxReferences,
  maxSide,
  minSide,
  sizeMultiple,
} from "../../../shared/limits.ts";
import { UsageError, withNegativeValues } from "../../../shared/process/command-line.ts";
import { wholeNumber } from "../../../shared/process/whole-number.ts";
import { controlPreprocessors } from "../../../shared/request/image-request.ts";
import { type PrecisionChoice, precisionChoices } from "../../engine/choose-layout.ts";
import type { ModelParts } from "../../weights/folder/named-parts.ts";
import { partHelp, partOptions, readParts } from "../../weights/folder/part-options.ts";
import type { LoraFile } from "../../weights/lora/lora.ts";
import { type RequestValues, requestValueHelp, requestValueOptions, requestValues } from "./request-values.ts";

/** A ControlNet; `path` and `image` are files. */
type ControlArgument = { readonly path: string; readonly image: string } & ControlSettings;

/** What the command line asks for. Absent fields take the model's defaults. */
export interface GenerateArguments {
  readonly modelDir: string;
  /** In place of the id derived from the folder. */
  /** In place of those that would be found. */
  readonly parts?: ModelParts;
  readonly width?: number;
  readonly height?: number;
  /** The prompt and other request fields, given as they are. */
  readonly fields: RequestValues;
  readonly n: number;
  readonly format: ImageFormat;
  readonly quality?: number;
  readonly threads?: number;
  readonly precision?: PrecisionChoice;
  readonly latents?: string;
  readonly loras: readonly LoraFile[];
  /** Image files. */
  readonly image?: string;
  readonly mask?: string;
  readonly references: readonly string[];
  readonly controlNet?: ControlArgument;
  readonly out: string;
}

export const generateUsage = `Usage: npm run generate -- --prompt TEXT --out FILE [options]

Generates images on this machine.

  --prompt TEXT         What to draw, in English or Chinese.
  --out FILE            Where to write the image. With --n above 1, FILE.png becomes FILE-1.png, FILE-2.png …
  --model MODEL         Name of a model that npm run models -- pull downloaded, or the path of a checkpoint. Default: zimage-tiny,
                        which draws 400 objects.
${partHelp(24)}  --size WxH            Width and height in one, such as 128x96.
  --width, --height N   Pixels, multiples of ${sizeMultiple} from ${minSide} to ${maxSide}. Default: the size of --image; else what the checkpoint was
                        trained for, 1024 for the released ones.
  --n N                 Number of images, 1 to 100, with seeds seed, seed + 1, … Default 1.
${requestValueHelp()}  --image FILE          Image to start from: PNG, JPEG, WebP or AVIF.
  --mask FILE           Mask for --image: white parts are drawn anew, black parts are kept.
  --reference FILE      Reference image that the prompt speaks of, at most ${maxReferences}; for checkpoints of the Omni architecture. Repeatable.
  --lora FILE[:SCALE]   LoRA to add to the model, such as one made by npm run train. Default SCALE 1. Repeatable.
                        A LoRA whose file says how it is sampled decides --steps, --sigmas and --guidance where they are absent.
  --controlnet PATH     File or folder of a ControlNet. Needs --control-image FILE; --control-scale X defaults to ${defaultControlScale}.
  --control-start X, --control-end X
                        Shares of the steps between which it acts, 0 to 1. Default 0 and 1.
  --control-preprocess NAME
                        canny draws the edges of --control-image first; none takes it as it is. Default none.
  --latents FILE[:NAME] Start from this float32 tensor of a .safetensors file instead of seeded noise. Default NAME: latents_init.
  --format NAME         png, jpeg, webp or avif. Default: by the extension of FILE.
  --quality N           1 to 100, for jpeg, webp and avif.
  --threads N           CPU threads. Default: one per core.
  --precision NAME      ${precisionChoices.join(", ")}: what linear layers are computed in (docs/runtimes.md). Default: auto.
  --help                Show this help.

Exit status: 0 success, 1 failure, 2 wrong usage. Ctrl-C stops after the current step. A file is written completely or not at all.
`;

const formatOfEnding: ReadonlyMap<string, ImageFormat> = new Map([
  [".png", "png"],
  [".jpg", "jpeg"],
  [".jpeg", "jpeg"],
  [".webp", "webp"],
  [".avif", "avif"],
]);

/** @returns "help" when that is all that was asked for @throws UsageError */
export function parseGenerateArguments(args: readonly string[]): GenerateArguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { prompt, out } = values;
  if (prompt === undefined) throw new UsageError("--prompt is missing");
  if (!out) throw new UsageError("--out is missing");
  const { width, height } = sidesOf(values);
  if ((width ?? 0) * (height ?? 0) > maxPixels) throw new UsageError(`--width × --height must be at most ${maxPixels}`);
  const n = whole("n", values.n, 1, 100) ?? 1;
  if (values.latents !== undefined && n > 1) throw new UsageError("--latents starts one image; omit --n");
  const fields = requestValues(prompt, values);
  const { image, mask } = values;
  if (mask !== undefined && image === undefined) throw new UsageError("--mask needs --image; give both");
  if (fields.strength !== undefined && image === undefined) throw new UsageError("--strength needs --image; give both");
  if (values.latents !== undefined && image !== undefined)
    throw new UsageError("--latents and --image are both starting points; give one");
  const { steps, sigmas } = fields;
  if (sigmas && steps !== undefined && steps !== sigmas.length)
    throw new UsageError(
      `--steps and --sigmas both say how many steps there are: ${steps} and ${sigmas.length}; give one`,
    );
  const references = values.reference ?? [];
  if (references.length > maxReferences)
    throw new UsageError(`--reference may be given ${maxReferences} times, got ${references.length}`);
  const loras = (values.lora ?? []).map(loraFile);
  if (loras.length > maxLoras) throw new UsageError(`--lora may be given ${maxLoras} times, got ${loras.length}`);
  const optional = {
    image,
    mask,
    controlNet: controlArgument(values),
    width,
    height,
    quality: whole("quality", values.quality, 1, 100),
    threads: whole("threads", values.threads, 1, 1024),
    precision: precisionOf(values.precision),
    latents: values.latents,
  };
  return {
    modelDir: values.model ?? defaultModel.dir,
    parts: readParts(values, (message) => new UsageError(message)),
    fields,
    n,
    references,
    loras,
    format: imageFormat(values.format, out),
    out,
    ...withoutAbsent(optional),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: withNegativeValues(args),
      options: {
        ...requestValueOptions,
        ...partOptions,
        model: text,
        prompt: text,
        size: text,
        width: text,
        height: text,
        n: text,
        format: text,
        quality: text,
        threads: text,
        precision: text,
        latents: text,
        lora: { type: "string", multiple: true },
        image: text,
        mask: text,
        controlnet: text,
        "control-image": text,
        "control-scale": text,
        "control-start": text,
        "control-end": text,
        "control-preprocess": text,
        reference: { type: "string", multiple: true },
        out: text,
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const controlOptions = [
  "controlnet",
  "control-image",
  "control-scale",
  "control-start",
  "control-end",
  "control-preprocess",
] as const;

function controlArgument(
  values: { readonly [option in (typeof controlOptions)[number]]?: string },
): ControlArgument | undefined {
  if (controlOptions.every((option) => values[option] === undefined)) return undefined;
  const { controlnet: path, "control-image": image } = values;
  if (path === undefined || image === undefined)
    throw new UsageError("--controlnet and --control-image need each other; give both");
  const start = decimal("control-start", values["control-start"], 0, 1);
  const end = decimal("control-end", values["control-end"], 0, 1);
  if ((start ?? 0) >= (end ?? 1))
    throw new UsageError(`--control-start must be below --control-end, got ${start ?? 0} and ${end ?? 1}`);
  const name = values["control-preprocess"];
  const preprocess = controlPreprocessors.find((known) => known === name);
  if (name !== undefined && preprocess === undefined) {
    throw new UsageError(`--control-preprocess must be one of ${controlPreprocessors.join(", ")}, got ${name}`);
  }
  const scale = decimal("control-scale", values["control-scale"], 0, maxAdapterScale) ?? defaultControlScale;
  return { path, image, scale, start, end, preprocess };
}

function decimal(option: string, value: string | undefined, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option} must be a number from ${min} to ${max}, got ${value}`);
}

function whole(option: string, value: string | undefined, min: number, max: number): number | undefined {
  return value === undefined ? undefined : wholeNumber(`--${option}`, value, { min, max });
}

function precisionOf(value: string | undefined): PrecisionChoice | undefined {
  if (value === undefined) return undefined;
  const choice = precisionChoices.find((name) => name === value);
  if (!choice) throw new UsageError(`--precision must be one of ${precisionChoices.join(", ")}, got ${value}`);
  return choice;
}

/** `--size WIDTHxHEIGHT`, or the two alone. */
function sidesOf({
  size,
  width,
  height,
}: {
  readonly size?: string;
  readonly width?: string;
  readonly height?: string;
}) {
  if (size === undefined) return { width: side("width", width), height: side("height", height) };
  if (width !== undefined || height !== undefined)
    throw new UsageError("give --size, or --width and --height, not both");
  const [, across, down] = /^(\d{1,5})x(\d{1,5})$/.exec(size) ?? [];
  if (across === undefined) throw new UsageError(`--size must be WIDTHxHEIGHT such as 128x96, got ${size}`);
  return { width: side("size: width", across), height: side("size: height", down) };
}

function side(option: string, value: string | undefined): number | undefined {
  const pixels = whole(option, value, minSide, maxSide);
  if (pixels === undefined || pixels % sizeMultiple === 0) return pixels;
  const lower = Math.floor(pixels / sizeMultiple) * sizeMultiple;
  throw new UsageError(
    `--${option} must be a multiple of ${sizeMultiple}, got ${pixels}; try ${lower} or ${lower + sizeMultiple}`,
  );
}

/** What follows the last colon is a scale if it is a number: `C:\\mug.safetensors` has none. */
function loraFile(value: string): LoraFile {
  const colon = value.lastIndexOf(":");
  const end = colon < 0 ? "" : value.slice(colon + 1);
  const path = end.trim() === "" || Number.isNaN(Number(end)) ? value : value.slice(0, colon);
  if (path === "") throw new UsageError(`--lora must be FILE or FILE:SCALE, got ${value}`);
  return path === value ? { path } : { path, scale: decimal("lora: the scale", end, -10, 10)! };
}

function imageFormat(name: string | undefined, out: string): ImageFormat {
  const format = formatOfEnding.get(name === undefined ? extname(out).toLowerCase() : `.${name}`);
  if (format) return format;
  if (name === undefined)
    throw new UsageError(`--out must end in .png, .jpg, .webp or .avif, or name a --format; got ${out}`);
  throw new UsageError(`--format must be png, jpeg, webp or avif, got ${name}`);
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
