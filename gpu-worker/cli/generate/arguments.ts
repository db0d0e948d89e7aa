import { extname } from "node:path";
import { parseArgs } from "node:util";
import { defaultModel } from "../../../models/default-model.ts";
import type { ImageFormat, Upscale } from "../../../shared/job.ts";
import {
  defaultControlScale,
  maxAdapterScale,
  maxGuidance,
  maxLoras,
  maxPixels,
  maxPromptCharacters,
  maxReferences,
  maxSeed,
  maxSide,
  maxSteps,
  minSide,
  sizeMultiple,
} from "../../../shared/limits.ts";
import { UsageError } from "../../../shared/process/command-line.ts";
import { wholeNumber } from "../../../shared/process/whole-number.ts";
import { type MaskBlend, type MaskMode, maskBlends } from "../../../shared/request/mask-rules.ts";
import type { LoraFile } from "../../weights/lora.ts";

/** What the command line asked for. Absent fields take the model's defaults. */
export interface GenerateArguments {
  readonly modelDir: string;
  /** In place of the id derived from the folder. */
  readonly modelId?: string;
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly width?: number;
  readonly height?: number;
  readonly steps?: number;
  /** Noise levels in place of steps, falling. */
  readonly sigmas?: readonly number[];
  readonly guidance?: number;
  readonly cfgNormalization: boolean;
  readonly cfgTruncation: number;
  readonly seed?: number;
  readonly n: number;
  readonly format: ImageFormat;
  readonly quality?: number;
  readonly threads?: number;
  readonly latents?: string;
  readonly loras: readonly LoraFile[];
  /** Picture files. */
  readonly image?: string;
  readonly mask?: string;
  readonly maskMode: MaskMode;
  readonly maskBlend: MaskBlend;
  readonly strength?: number;
  readonly references: readonly string[];
  readonly controlNet?: { readonly path: string; readonly image: string; readonly scale: number };
  readonly upscale: Upscale;
  readonly out: string;
}

export const generateUsage = `Usage: npm run generate -- --prompt TEXT --out FILE [options]

Draws pictures on this machine.

  --prompt TEXT         what to draw
  --out FILE            where to write; with --n above 1, FILE.png becomes FILE-1.png, FILE-2.png …
  --model MODEL         what npm run models -- pull brought, by its name, or a checkpoint's path (default: zimage-tiny, which draws
                        400 objects)
  --negative TEXT       what not to draw; has an effect only with guidance above 0
  --width, --height N   pixels, multiples of ${sizeMultiple} from ${minSide} to ${maxSide} (default: what the checkpoint was trained for, 1024 for the released ones)
  --steps N             1 to ${maxSteps} (default: what the model was made for, 8 for Turbo, 50 for Base)
  --sigmas N,N,…        noise levels of the steps in place of --steps, falling from 1; the 0 at the end is understood
  --guidance N          0 to ${maxGuidance}; 0 is off (default: 0 for Turbo, 4 for Base)
  --cfg-normalization   keep a guided prediction no longer than the plain one
  --cfg-truncation N    0 to 1; guidance is off past this model time (default: 1, never)
  --seed N              0 to ${maxSeed} (default: random, and printed); picture i uses seed + i
  --n N                 number of pictures, 1 to 100 (default: 1)
  --format NAME         png, jpeg, webp or avif (default: by the ending of FILE)
  --quality N           1 to 100, for jpeg, webp and avif
  --threads N           CPU threads (default: one per core)
  --latents FILE[:NAME] start from this float32 tensor of a .safetensors file in place of seeded noise (default NAME: latents_init)
  --lora FILE[:SCALE]   draw with a LoRA, such as npm run train makes; may be given several times (default SCALE: 1, as trained); one that
                        says in its file how it is sampled decides steps, sigmas and guidance where they are not given
  --image FILE          start from this picture (PNG, JPEG, WebP or AVIF); its own size where --width and --height are left out
  --strength N          above 0 to 1: how far from the picture (default: 0.6, with --mask 1)
  --mask FILE           draw anew what is white in it, keep the rest of --image
  --mask-mode NAME      white, or transparent: draw anew what is transparent in the mask (default: white)
  --mask-blend NAME     feather: kept pixels are the original's, with a seam of a few pixels in the drawn part; hard: without a seam;
                        none: as decoded (default: feather)
  --controlnet PATH     ControlNet file or folder; needs --control-image FILE, takes --control-scale N (default: 0.75)
  --reference FILE      a picture that the prompt speaks of, up to ${maxReferences} times; for checkpoints of the Omni architecture
  --upscale NAME        none, lanczos (double the sides), refine (double them and draw over it once more) (default: none)
  --help                this text

Exit status: 0 done, 1 failed, 2 bad usage. Ctrl-C stops after the running step; a file is written whole or not at all.
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
  if (prompt.length > maxPromptCharacters) {
    throw new UsageError(`--prompt must be at most ${maxPromptCharacters} characters, got ${prompt.length}`);
  }
  if (!out) throw new UsageError("--out is missing");
  const width = side("width", values.width);
  const height = side("height", values.height);
  if ((width ?? 0) * (height ?? 0) > maxPixels) throw new UsageError(`--width × --height must be at most ${maxPixels}`);
  const n = whole("n", values.n, 1, 100) ?? 1;
  if (values.latents !== undefined && n > 1) throw new UsageError("--latents starts one picture; leave --n out");
  const { image, mask, strength } = values;
  if (mask !== undefined && image === undefined) throw new UsageError("--mask says what to keep of --image; give both");
  if (strength !== undefined && image === undefined)
    throw new UsageError("--strength says how far to go from --image; give both");
  if (values.latents !== undefined && image !== undefined)
    throw new UsageError("--latents and --image both say what to start from; give one");
  const sigmas = levels("sigmas", values.sigmas);
  if (sigmas && values.steps !== undefined && Number(values.steps) !== sigmas.length)
    throw new UsageError(
      `--steps and --sigmas both say how many steps there are: ${values.steps} and ${sigmas.length}; give one`,
    );
  const references = values.reference ?? [];
  if (references.length > maxReferences)
    throw new UsageError(`--reference may be given ${maxReferences} times, got ${references.length}`);
  const loras = (values.lora ?? []).map(loraFile);
  if (loras.length > maxLoras) throw new UsageError(`--lora may be given ${maxLoras} times, got ${loras.length}`);
  const optional = {
    image,
    mask,
    strength: positiveDecimal("strength", strength),
    controlNet: controlArgument(values),
    negativePrompt: values.negative,
    width,
    height,
    steps: whole("steps", values.steps, 1, maxSteps),
    sigmas,
    guidance: decimal("guidance", values.guidance, 0, maxGuidance),
    seed: whole("seed", values.seed, 0, maxSeed),
    quality: whole("quality", values.quality, 1, 100),
    threads: whole("threads", values.threads, 1, 1024),
    latents: values.latents,
  };
  return {
    modelDir: values.model ?? defaultModel.dir,
    modelId: values.model === undefined ? defaultModel.id : undefined,
    prompt,
    cfgNormalization: values["cfg-normalization"] ?? false,
    cfgTruncation: decimal("cfg-truncation", values["cfg-truncation"], 0, 1) ?? 1,
    n,
    maskMode: choice("mask-mode", values["mask-mode"], ["white", "transparent"]),
    maskBlend: choice("mask-blend", values["mask-blend"], maskBlends),
    references,
    loras,
    upscale: choice("upscale", values.upscale, ["none", "lanczos", "refine"]),
    format: imageFormat(values.format, out),
    out,
    ...withoutAbsent(optional),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: text,
        prompt: text,
        negative: text,
        width: text,
        height: text,
        steps: text,
        sigmas: text,
        guidance: text,
        "cfg-normalization": { type: "boolean" },
        "cfg-truncation": text,
        seed: text,
        n: text,
        format: text,
        quality: text,
        threads: text,
        latents: text,
        lora: { type: "string", multiple: true },
        image: text,
        mask: text,
        "mask-mode": text,
        "mask-blend": text,
        strength: text,
        controlnet: text,
        "control-image": text,
        "control-scale": text,
        reference: { type: "string", multiple: true },
        upscale: text,
        out: text,
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function positiveDecimal(option: string, value: string | undefined): number | undefined {
  const number = decimal(option, value, 0, 1);
  if (number === 0) throw new UsageError(`--${option} must be above 0, got 0`);
  return number;
}

/** The first of the names where none is given. */
function choice<Name extends string>(
  option: string,
  value: string | undefined,
  names: readonly [Name, ...(readonly Name[])],
): Name {
  if (value === undefined) return names[0];
  const name = names.find((candidate) => candidate === value);
  if (name === undefined) throw new UsageError(`--${option} must be one of ${names.join(", ")}, got ${value}`);
  return name;
}

function controlArgument(values: {
  controlnet?: string | undefined;
  "control-image"?: string | undefined;
  "control-scale"?: string | undefined;
}): { path: string; image: string; scale: number } | undefined {
  const { controlnet: path, "control-image": image, "control-scale": scale } = values;
  if (path === undefined && image === undefined && scale === undefined) return undefined;
  if (path === undefined || image === undefined)
    throw new UsageError("--controlnet and --control-image belong together; give both");
  return { path, image, scale: decimal("control-scale", scale, 0, maxAdapterScale) ?? defaultControlScale };
}

function decimal(option: string, value: string | undefined, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option} must be a number from ${min} to ${max}, got ${value}`);
}

function levels(option: string, value: string | undefined): number[] | undefined {
  const numbers = value?.split(",").map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (
    !numbers ||
    (numbers.length <= maxSteps && numbers.every((sigma, i) => sigma > 0 && sigma <= 1 && !(sigma >= numbers[i - 1]!)))
  )
    return numbers;
  throw new UsageError(`--${option} must be falling numbers above 0 up to 1, such as 1,0.9,0.75,0.5, got ${value}`);
}

function whole(option: string, value: string | undefined, min: number, max: number): number | undefined {
  return value === undefined ? undefined : wholeNumber(`--${option}`, value, { min, max });
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
