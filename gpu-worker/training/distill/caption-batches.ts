import { elementCount } from "../../tensor.ts";
import { randomStream } from "../data/random-stream.ts";
import type { TrainingData } from "../data/training-data.ts";
import { itemNoises, type StudentBatch } from "./student-images.ts";

export interface CaptionSource {
  readonly data: TrainingData;
  readonly idsOf: (text: string) => readonly number[];
  /** Latents of one example's images, `[C, h, w]`. */
  readonly latentShapeOf: (example: number) => readonly [number, number, number];
}

/** The seed of further noise, drawn from a stream. */
export const seedFrom = (random: () => number): number => Math.floor(random() * 2 ** 32);

/** Captions and noise for examples of one image size. */
export function captionBatch(
  { data, idsOf, latentShapeOf }: CaptionSource,
  examples: readonly number[],
  random: () => number,
): Omit<StudentBatch, "stages"> {
  const texts = examples.map((example) => data.caption(example, random).text);
  const latentShape = latentShapeOf(examples[0]!);
  const values = elementCount(latentShape);
  return { texts, ids: texts.map(idsOf), noises: itemNoises(seedFrom(random), texts.length, values), latentShape };
}

const spreadCaptions = 4;
const spreadSeeds = 8;

/** Images of a few fixed captions from a few seeds, per caption: the same for teacher and student. */
export async function spreadImages(
  parts: CaptionSource,
  seed: number,
  draw: (batch: Omit<StudentBatch, "stages">) => Promise<readonly Float32Array[]>,
): Promise<(readonly Float32Array[])[]> {
  const images: (readonly Float32Array[])[] = [];
  for (let caption = 0; caption < spreadCaptions; caption++) {
    const example = Math.floor((caption * parts.data.exampleCount) / spreadCaptions);
    const random = randomStream(seed, 0, caption);
    const batch = captionBatch(parts, new Array<number>(spreadSeeds).fill(example), random);
    // One caption for all seeds: the first.
    images.push(await draw({ ...batch, ids: batch.ids.map(() => batch.ids[0]!) }));
  }
  return images;
}
