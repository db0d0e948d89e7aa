import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import sharp from "sharp";
import * as z from "zod";
import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import type { RgbImage } from "../pipeline/image.ts";
import type { OnnxRuntime, OnnxSession } from "../runtime/onnx-session.ts";

const perChannel = z.tuple([z.number(), z.number(), z.number()]);
const name = z.string().min(1).max(100);

const descriptionSchema = z
  .strictObject({
    model: z.string().min(1).max(1_000),
    input: z.strictObject({
      name: name.default("pixel_values"),
      size: z.int().min(8).max(1_024),
      mean: perChannel,
      std: perChannel.refine((values) => values.every((value) => value > 0), "must be above 0"),
    }),
    output: z
      .strictObject({
        name: name.default("logits"),
        activation: z.enum(["softmax", "sigmoid", "none"]).default("softmax"),
      })
      .prefault({}),
    labels: z.array(name).min(1).max(1_000),
    refuse: z
      .array(z.strictObject({ label: name, threshold: z.number().gt(0).max(1), category: name.optional() }))
      .min(1)
      .max(1_000),
  })
  .refine(({ labels, refuse }) => refuse.every(({ label }) => labels.includes(label)), "refuse must name labels alone");

export type ClassifierDescription = z.infer<typeof descriptionSchema>;

/** What a classifier is loaded from, beside which its model lies. */
const maxDescriptionBytes = 1_000_000;

/** Looks at images before they are encoded, and refuses those that the deployer does not want. */
export class ImageClassifier {
  readonly #session: OnnxSession;
  readonly #description: ClassifierDescription;

  constructor(session: OnnxSession, description: ClassifierDescription) {
    this.#session = session;
    this.#description = description;
  }

  /** Scores by label. @throws PipelineError `run_failed` where the model gives another number of them */
  async scores(image: RgbImage): Promise<{ readonly [label: string]: number }> {
    const { input, output, labels } = this.#description;
    const outputs = await this.#session.run({
      [input.name]: { dtype: "float32", data: await pixelsOf(image, input), dims: [1, 3, input.size, input.size] },
    });
    const found = outputs.get(output.name);
    if (found?.data.length !== labels.length) {
      const message = `the image classifier gave ${found?.data.length ?? "no"} scores in ${output.name}, and has ${labels.length} labels`;
      throw new PipelineError("run_failed", message);
    }
    const scores = activated(Array.from(found.data, Number), output.activation);
    return Object.fromEntries(labels.map((label, i) => [label, scores[i]!]));
  }

  /** @param param - the request's field, of an image that was brought along @throws PipelineError `content_policy` */
  async assertAllowed(image: RgbImage, param?: string): Promise<void> {
    const scores = await this.scores(image);
    // What is no number is no judgement, and allows nothing.
    const found = this.#description.refuse.find(({ label, threshold }) => !(scores[label]! < threshold));
    if (found !== undefined) throw refusedImage(found.category ?? found.label, param);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/**
 * The error of an image that must not leave, or be drawn from: nothing is charged, and another attempt would only come
 * to the same.
 * @param param - the request's field, of an image that was brought along
 */
export function refusedImage(category: string, param?: string): PipelineError {
  const [what, remedy] =
    param === undefined ? ["the image", "change the prompt or the seed"] : [param, "give another image"];
  const message = `${what} is refused by the content rules of this service (${category.slice(0, 200)}); nothing is charged: ${remedy}`;
  return new PipelineError("content_policy", message, { param: param ?? "prompt" });
}

/**
 * @param path - of the JSON that describes the classifier; its model lies beside it
 * @throws InvalidFileError naming the file and what is wrong in it
 * @throws PipelineError `session_failed`
 */
export async function openImageClassifier(path: string, runtime: OnnxRuntime): Promise<ImageClassifier> {
  const description = await readDescription(path);
  const file = resolve(dirname(path), description.model);
  const model = await readFile(file).catch((cause: Error) => {
    throw new InvalidFileError(`${path}: its model ${file} cannot be read: ${cause.message}`, { cause });
  });
  return new ImageClassifier(await runtime.createSession(model), description);
}

async function readDescription(path: string): Promise<ClassifierDescription> {
  let value: unknown;
  try {
    const bytes = await readFile(path);
    if (bytes.length > maxDescriptionBytes) throw new Error(`it has more than ${maxDescriptionBytes} bytes`);
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new InvalidFileError(`${path}: the image classifier cannot be read: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = descriptionSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new InvalidFileError(`${path}: ${issue?.path.join(".") || "the classifier"} ${issue?.message ?? "is wrong"}`);
}

/** `[1, 3, size, size]`, each channel less its mean, over its deviation, of values 0 to 1. */
async function pixelsOf(
  { data, width, height }: RgbImage,
  { size, mean, std }: ClassifierDescription["input"],
): Promise<Float32Array> {
  const small = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size, size, { fit: "fill" })
    .raw()
    .toBuffer();
  const plane = size * size;
  const pixels = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) pixels[c * plane + i] = (small[3 * i + c]! / 255 - mean[c]!) / std[c]!;
  }
  return pixels;
}

function activated(values: readonly number[], activation: ClassifierDescription["output"]["activation"]): number[] {
  if (activation === "none") return [...values];
  if (activation === "sigmoid") return values.map((value) => 1 / (1 + Math.exp(-value)));
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const raised = values.map((value) => Math.exp(value - most));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}
