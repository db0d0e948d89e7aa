import type { TinyScore } from "./tiny-score.ts";

export interface Gate {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast: number;
  readonly passed: boolean;
}

/** What a small model must reach to be shipped. */
export function gates({ retrieval, heldOut, psnrMean, backgroundRight }: TinyScore): Gate[] {
  const gate = (what: string, value: number, atLeast: number, unit = ""): Gate => ({
    what,
    value,
    unit,
    atLeast,
    passed: value >= atLeast,
  });
  return [
    gate("top-1, English", retrieval.en.top1, 0.95),
    gate("top-1, Chinese", retrieval.zh.top1, 0.95),
    // Retrieval alone passes coloured blobs.
    gate("PSNR, mean", psnrMean, 25, "dB"),
    // Both languages, which have as many captions.
    gate("top-1, held-out words", (heldOut.en.top1 + heldOut.zh.top1) / 2, 0.85),
    gate("background right", backgroundRight, 0.95),
  ];
}
