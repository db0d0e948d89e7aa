import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import sharp from "sharp";
import * as z from "zod";
import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import type { RgbImage } from "../pipeline/image.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "../runtime/onnx-session.ts";
import { decodePayload, encodePayload, payloadBits, type WatermarkPayload } from "./watermark-payload.ts";

const name = z.string().min(1).max(100);
const file = z.string().min(1).max(1_000);

/** The defaults are TrustMark's published form. */
const descriptionSchema = z.strictObject({
  size: z.int().min(32).max(1_024).default(256),
  strength: z.number().gt(0).max(2).default(0.95),
  encoder: z.strictObject({
    model: file,
    image: name.default("onnx::Concat_0"),
    secret: name.default("onnx::Gemm_1"),
    output: name.default("image"),
  }),
  decoder: z.strictObject({
    model: file,
    size: z.int().min(32).max(1_024).optional(),
    image: name.default("image"),
    output: name.default("output"),
  }),
});

type Description = z.infer<typeof descriptionSchema>;

/** Beyond this an image is marked and read in its middle square. */
const maxAspect = 2;
/** What the encoder may change, of values −1 to 1. */
const maxResidual = 0.2;
const maxDescriptionBytes = 1_000_000;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * What a reader tries: the image as it is, and as what is left of one that was cut by a tenth, evenly or at a corner.
 * Shares of the whole that are missing at each side.
 */
const cuts = [
  { left: 0, top: 0, right: 0, bottom: 0 },
  ...[0.025, 0.05].map((share) => ({ left: share, top: share, right: share, bottom: share })),
  { left: 0.1, top: 0.1, right: 0, bottom: 0 },
  { left: 0, top: 0, right: 0.1, bottom: 0.1 },
  { left: 0.1, top: 0, right: 0, bottom: 0.1 },
  { left: 0, top: 0.1, right: 0.1, bottom: 0 },
] as const;

/** An invisible mark in the pixels, put in and found by two networks of the deployer's choice. */
export class Watermark {
  readonly #encoder: OnnxSession;
  readonly #decoder: OnnxSession;
  readonly #description: Description;

  constructor({ encoder, decoder }: { encoder: OnnxSession; decoder: OnnxSession }, description: Description) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#description = description;
  }

  /** The image with the mark in it: the change that the encoder makes to a small copy, scaled to its size. */
  async embed(image: RgbImage, payload: WatermarkPayload): Promise<RgbImage> {
    const { size, strength, encoder } = this.#description;
    const box = markedBox(image);
    const small = planesOf(await scaled(image, box, size));
    const secret = Float32Array.from(encodePayload(payload));
    const outputs = await this.#encoder.run({
      [encoder.image]: { dtype: "float32", data: small, dims: [1, 3, size, size] },
      [encoder.secret]: { dtype: "float32", data: secret, dims: [1, payloadBits] },
    });
    const marked = expected(outputs.get(encoder.output), 3 * size * size, "the watermark's encoder");
    const residual = small.map((value, i) => {
      const change = marked[i]! - value;
      return Math.min(maxResidual, Math.max(-maxResidual, Number.isFinite(change) ? change : 0)) * strength;
    });
    return added(image, residual, { box, size });
  }

  /** @returns what the mark says, `undefined` where none is found */
  async read(image: RgbImage): Promise<WatermarkPayload | undefined> {
    for (const cut of cuts) {
      const found = decodePayload(await this.logits(await uncut(image, cut)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of the 100 bits, as the decoder gives them. */
  async logits(image: RgbImage): Promise<readonly number[]> {
    const { decoder, size: encoded } = this.#description;
    const size = decoder.size ?? encoded;
    const data = planesOf(await scaled(image, markedBox(image), size));
    const outputs = await this.#decoder.run({ [decoder.image]: { dtype: "float32", data, dims: [1, 3, size, size] } });
    return Array.from(expected(outputs.get(decoder.output), payloadBits, "the watermark's decoder"), Number);
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#decoder.release();
  }
}

/**
 * @param path - of the JSON that describes the two networks, which lie beside it
 * @returns `undefined` where there is no such file
 * @throws InvalidFileError naming the file and what is wrong in it
 * @throws PipelineError `session_failed`
 */
export async function openWatermark(path: string, runtime: OnnxRuntime): Promise<Watermark | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new InvalidFileError(`${path}: the watermark cannot be read: ${error.message}`, { cause: error });
  });
  if (bytes === undefined) return undefined;
  const description = parseDescription(bytes, path);
  const open = async ({ model }: { readonly model: string }) => {
    const place = resolve(dirname(path), model);
    const network = await readFile(place).catch((cause: Error) => {
      throw new InvalidFileError(`${path}: its model ${place} cannot be read: ${cause.message}`, { cause });
    });
    return runtime.createSession(network);
  };
  return new Watermark(
    { encoder: await open(description.encoder), decoder: await open(description.decoder) },
    description,
  );
}

function parseDescription(bytes: Buffer, path: string): Description {
  let value: unknown;
  try {
    if (bytes.length > maxDescriptionBytes) throw new Error(`it has more than ${maxDescriptionBytes} bytes`);
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new InvalidFileError(`${path}: the watermark cannot be read: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = descriptionSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new InvalidFileError(`${path}: ${issue?.path.join(".") || "the watermark"} ${issue?.message ?? "is wrong"}`);
}

function expected(tensor: OnnxTensor | undefined, count: number, whose: string) {
  if (tensor?.dtype === "float32" && tensor.data.length === count) return tensor.data;
  throw new PipelineError("run_failed", `${whose} gave ${tensor?.data.length ?? "no"} numbers, ${count} were expected`);
}

function markedBox({ width, height }: RgbImage): Box {
  const side = Math.min(width, height);
  if (Math.max(width, height) <= maxAspect * side) return { left: 0, top: 0, width, height };
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
}

async function scaled({ data, width, height }: RgbImage, box: Box, size: number): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .extract(box)
    .resize(size, size, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
}

/** `[3, size, size]` in −1..1. */
function planesOf(pixels: Uint8Array): Float32Array {
  const plane = pixels.length / 3;
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) values[c * plane + i] = pixels[3 * i + c]! / 127.5 - 1;
  return values;
}

/** Adds the residual to a part of the image, bilinear between its values. */
function added(
  { data, width, height }: RgbImage,
  residual: Float32Array,
  { box, size }: { readonly box: Box; readonly size: number },
): RgbImage {
  const changed = Uint8Array.from(data);
  const columns = Array.from({ length: box.width }, (_, x) => between(x, box.width, size));
  const [from, to, share] = [
    Int32Array.from(columns, (column) => column.from),
    Int32Array.from(columns, (column) => column.to),
    Float32Array.from(columns, (column) => column.share),
  ];
  const line = new Float32Array(size);
  for (let y = 0; y < box.height; y++) {
    const row = between(y, box.height, size);
    for (let c = 0; c < 3; c++) {
      const [upper, lower] = [(c * size + row.from) * size, (c * size + row.to) * size];
      for (let j = 0; j < size; j++) {
        line[j] = 127.5 * (residual[upper + j]! * (1 - row.share) + residual[lower + j]! * row.share);
      }
      let pixel = 3 * ((box.top + y) * width + box.left) + c;
      for (let x = 0; x < box.width; x++, pixel += 3) {
        const change = line[from[x]!]! * (1 - share[x]!) + line[to[x]!]! * share[x]!;
        changed[pixel] = Math.min(255, Math.max(0, Math.round(data[pixel]! + change)));
      }
    }
  }
  return { data: changed, width, height };
}

/** The two of `size` values that a place among `count` lies between. */
function between(place: number, count: number, size: number) {
  const exact = Math.min(size - 1, Math.max(0, ((place + 0.5) * size) / count - 0.5));
  const from = Math.floor(exact);
  return { from, to: Math.min(size - 1, from + 1), share: exact - from };
}

/** The image with what was cut off it, mirrored, as it is not known. */
async function uncut(image: RgbImage, { left, top, right, bottom }: (typeof cuts)[number]): Promise<RgbImage> {
  if (left + top + right + bottom === 0) return image;
  const { data, width, height } = image;
  const whole = { width: width / (1 - left - right), height: height / (1 - top - bottom) };
  const { data: raw, info } = await sharp(data, { raw: { width, height, channels: 3 } })
    .extend({
      left: Math.round(whole.width * left),
      right: Math.round(whole.width * right),
      top: Math.round(whole.height * top),
      bottom: Math.round(whole.height * bottom),
      extendWith: "mirror",
    })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), width: info.width, height: info.height };
}
