import type { RgbImage } from "../../pipeline/image.ts";

/** Standard deviation in levels of 255, in every channel, below which an image shows nothing. */
const flatDeviation = 1;

/** True for an image of one colour, such as the black one that an overflow leaves. */
export function isFlat({ data }: RgbImage): boolean {
  const pixels = data.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < data.length; i += 3) {
      const value = data[i]!;
      sum += value;
      squares += value * value;
    }
    const mean = sum / pixels;
    if (squares / pixels - mean * mean >= flatDeviation ** 2) return false;
  }
  return true;
}
