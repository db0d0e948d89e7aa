import { join } from "node:path";
import { bucketSizes, type ImageSize, nearestBucket } from "./bucket-sizes.ts";
import { loadTrainingImage } from "./load-training-image.ts";
import { pick } from "./random-stream.ts";
import { listProblems, readDataset } from "./read-dataset.ts";
import type { TrainingData } from "./training-data.ts";

/**
 * One size for all images, or sizes of at most so many pixels, of which each image takes the one nearest to its
 * shape.
 */
type FolderSizes = ImageSize | { readonly pixels: number; readonly maxAspectRatio: number };

/** Every image is scaled and cropped to its size. */
export type FolderDataOptions = FolderSizes & {
  readonly minSide: number;
  readonly onBadData: "skip" | "refuse";
  /** Called with a line per skipped file and per size of the images. */
  readonly tell: (text: string) => void;
};

/** A folder of images with captions. @throws InvalidFileError listing bad files, unless they are to be skipped */
export async function openFolderData(
  folder: string,
  { minSide, onBadData, tell, ...sizes }: FolderDataOptions,
): Promise<TrainingData> {
  const { examples, problems } = await readDataset(folder, { onBadData, minSide });
  if (problems.length > 0) tell(`skipped:\n${listProblems(problems)}`);
  const buckets = "pixels" in sizes ? bucketSizes(sizes) : [{ width: sizes.width, height: sizes.height }];
  const bucketOf = examples.map((example) => nearestBucket(example, buckets));
  const size = (image: number) => buckets[bucketOf[image]!]!;
  tell(`${examples.length} images: ${countSizes(examples.map((_, image) => size(image)))}`);
  return {
    // Captions may be mended while a training is under way; latents do not depend on them.
    fingerprint: JSON.stringify([buckets, examples.map(({ hash }) => hash)]),
    imageCount: examples.length,
    size,
    image: (index) => loadTrainingImage(join(folder, examples[index]!.file), size(index)),
    exampleCount: examples.length,
    caption: (example, random) => ({ text: pick(random, examples[example]!.captions), image: example }),
    captions: () => examples.flatMap(({ captions }) => captions),
  };
}

/** `12 at 1024×1024, 3 at 832×1216`, the most frequent first. */
function countSizes(sizes: readonly ImageSize[]): string {
  const counts = Map.groupBy(sizes, ({ width, height }) => `${width}×${height}`);
  return [...counts]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([size, alike]) => `${alike.length} at ${size}`)
    .join(", ");
}
