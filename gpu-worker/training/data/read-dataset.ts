import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import sharp from "sharp";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { ImageSize } from "./bucket-sizes.ts";
import { type DataProblem, readCaptionFiles } from "./caption-files.ts";

interface Example extends ImageSize {
  /** Relative to the dataset's folder, with `/`. Width and height are those after the rotation that EXIF asks for. */
  readonly file: string;
  /** At least one, none empty, none twice. */
  readonly captions: readonly string[];
  /** SHA-256 of the file, in hexadecimal. */
  readonly hash: string;
}

export interface Dataset {
  readonly folder: string;
  /** In the order of their file names, the same on every machine. */
  readonly examples: readonly Example[];
  readonly problems: readonly DataProblem[];
}

export interface DatasetOptions {
  /** Leave bad data out and list it in `problems`, or throw. @default "refuse" */
  readonly onBadData?: "skip" | "refuse";
  /** An image with more pixels is not decoded. @default 64 Mi */
  readonly maxPixels?: number;
  /** A larger file is not opened. @default 64 MiB */
  readonly maxFileBytes?: number;
  /** Shorter side of an image, at least: below it, training would mostly see enlarged pixels. @default 64 */
  readonly minSide?: number;
  /**
   * Longer side over shorter side, at most: beyond it, cropping to a bucket would lose most of the image.
   * @default 4
   */
  readonly maxAspectRatio?: number;
}

const extensions = new Set([".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".tif", ".tiff"]);
const formats = new Set(["png", "jpeg", "webp", "heif", "gif", "tiff"]);

/**
 * Finds the images below a folder and their captions (see `readCaptionFiles`), and decodes every image once, so
 * that training does not stop at a bad one hours later. Links are not followed.
 *
 * @throws InvalidFileError when nothing usable is found, or when something is bad and `onBadData` is "refuse"; the
 * message lists file and reason
 */
export async function readDataset(folder: string, options: DatasetOptions = {}): Promise<Dataset> {
  const files = await listFiles(folder);
  const images = files.filter((file) => extensions.has(extname(file).toLowerCase()));
  const captions = await readCaptionFiles(folder, files, new Set(images));
  const problems = [...captions.problems];
  const examples: Example[] = [];
  const seen = new Map<string, string>();

  for (const file of images) {
    try {
      const { hash, ...size } = await inspectImage(join(folder, file), options);
      const twin = seen.get(hash);
      if (twin !== undefined) throw new Error(`the same image as ${twin}`);
      seen.set(hash, file);
      const texts = captions.byImage.get(file);
      if (texts) examples.push({ file, ...size, captions: texts, hash });
      // An empty caption has been listed already, under the file that holds it.
      else if (!problems.some(({ reason }) => reason === `the caption of ${file} is empty`))
        problems.push({ file, reason: "has no caption: add a .txt beside it, or a row in a .jsonl or .csv file" });
    } catch (cause) {
      problems.push({ file, reason: (cause as Error).message });
    }
  }

  if (problems.length > 0 && (options.onBadData ?? "refuse") === "refuse") {
    throw new InvalidFileError(
      `${folder} has ${problems.length} problem(s):\n${listProblems(problems)}\nMend them, or leave such files ` +
        `out with "onBadData": "skip"`,
    );
  }
  if (examples.length === 0)
    throw new InvalidFileError(
      `${folder} has no image with a caption${problems.length ? `:\n${listProblems(problems)}` : ""}`,
    );
  return { folder, examples, problems };
}

/** One line per problem, at most `limit` of them. */
export function listProblems(problems: readonly DataProblem[], limit = 50): string {
  const lines = problems
    .slice(0, limit)
    .map(({ file, line, reason }) => `  ${file}${line ? `:${line}` : ""}: ${reason}`);
  if (problems.length > limit) lines.push(`  … and ${problems.length - limit} more`);
  return lines.join("\n");
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .sort(); // by code unit: localeCompare differs between machines
  } catch (cause) {
    throw new InvalidFileError(`the dataset folder ${folder} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function inspectImage(path: string, options: DatasetOptions): Promise<ImageSize & { hash: string }> {
  const { maxPixels = 64 * 2 ** 20, maxFileBytes = 64 * 2 ** 20, minSide = 64, maxAspectRatio = 4 } = options;
  const { size } = await stat(path);
  if (size > maxFileBytes) throw new Error(`${size} bytes, expected at most ${maxFileBytes}`);
  const bytes = await readFile(path);
  let image: ImageSize;
  try {
    const decoder = sharp(bytes, { limitInputPixels: maxPixels, failOn: "warning" });
    const { format, autoOrient } = await decoder.metadata();
    // The content decides what a file is, not its name: an SVG named .png would be drawn by code meant for trusted
    // input.
    if (!formats.has(format)) throw new Error(`is ${format}, expected one of ${[...formats].join(", ")}`);
    await decoder.stats(); // decodes every pixel
    image = { width: autoOrient.width, height: autoOrient.height };
  } catch (cause) {
    throw new Error(`cannot be read as an image: ${(cause as Error).message}`, { cause });
  }
  const { width, height } = image;
  if (Math.min(width, height) < minSide)
    throw new Error(`${width}x${height} is too small: the shorter side must be at least ${minSide}`);
  if (Math.max(width, height) / Math.min(width, height) > maxAspectRatio)
    throw new Error(
      `${width}x${height} is too long: the longer side may be at most ${maxAspectRatio} times the shorter`,
    );
  return { width, height, hash: createHash("sha256").update(bytes).digest("hex") };
}
