import type { RgbImage } from "../pipeline/decode-latents.ts";

/** What a training run reads: pictures, and captions that describe them. Everything is counted from 0 and the same on every machine. */
export interface TrainingData {
  /** Decides what caches may be reused: another string for other pictures. */
  readonly fingerprint: string;
  readonly pictureCount: number;
  /** Pictures of one run share one size, a multiple of 16. */
  readonly size: { readonly width: number; readonly height: number };
  picture(index: number): Promise<RgbImage>;
  /** Things to learn: an epoch shows each once. */
  readonly exampleCount: number;
  /** A caption of an example and the picture that it describes. @param random - numbers in [0, 1); the same stream gives the same caption */
  caption(example: number, random: () => number): { readonly text: string; readonly picture: number };
}

/** What the module named in a configuration exports by default. @param options - the configuration's own `options` */
export type OpenTrainingData = (options: unknown) => Promise<TrainingData>;
