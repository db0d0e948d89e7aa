import { join } from "node:path";
import { loadPicture } from "./data/load-picture.ts";
import { pick } from "./data/random-stream.ts";
import { listProblems, readDataset } from "./data/read-dataset.ts";
import type { TrainingData } from "./training-data.ts";

export interface FolderDataOptions {
  /** Every picture is scaled and cropped to this size. */
  readonly width: number;
  readonly height: number;
  readonly onBadData: "skip" | "refuse";
  /** Told what was skipped, a line per file. */
  readonly warn: (text: string) => void;
}

/** A folder of pictures with captions. @throws InvalidFileError listing bad files, unless they are to be skipped */
export async function openFolderData(
  folder: string,
  { width, height, onBadData, warn }: FolderDataOptions,
): Promise<TrainingData> {
  const { examples, problems } = await readDataset(folder, { onBadData });
  if (problems.length > 0) warn(`skipped:\n${listProblems(problems)}\n`);
  return {
    fingerprint: JSON.stringify([width, height, examples]),
    pictureCount: examples.length,
    size: { width, height },
    picture: (index) => loadPicture(join(folder, examples[index]!.file), { width, height }),
    exampleCount: examples.length,
    caption: (example, random) => ({ text: pick(random, examples[example]!.captions), picture: example }),
  };
}
