import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { z } from "zod";
import { parseCsv } from "./csv.ts";

/** Something in a dataset that cannot be trained on. */
export interface DataProblem {
  /** Relative to the dataset's folder. */
  readonly file: string;
  /** Line of a `.jsonl` file, row of a `.csv` file (the header is row 1). */
  readonly line?: number;
  readonly reason: string;
}

export interface Captions {
  /** Captions per image, by its path relative to the dataset's folder, in the order of the files. */
  readonly byImage: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly DataProblem[];
}

const jsonLine = z.object({
  file_name: z.string().min(1),
  text: z.union([z.string(), z.array(z.string()).min(1)]),
});

/**
 * Reads every caption of a dataset, UTF-8 with or without a byte order mark:
 * - `cat.txt` beside `cat.png`: each line that is not blank is one caption;
 * - `*.jsonl`: `{"file_name": "cat.png", "text": "a cat"}` per line, `text` may be an array of captions;
 * - `*.csv`: a header with `file_name` and `text`, other columns are left alone; an image may have several rows.
 *
 * `file_name` is relative to the folder that its file lies in, and must be one of `files`: no other path is ever
 * opened.
 *
 * @param folder - the dataset's folder
 * @param files - every file in it, relative, with `/`
 * @param images - those of `files` that are images
 */
export async function readCaptionFiles(
  folder: string,
  files: readonly string[],
  images: ReadonlySet<string>,
): Promise<Captions> {
  const byImage = new Map<string, string[]>();
  const problems: DataProblem[] = [];
  const byStem = new Map([...images].map((image) => [withoutExtension(image), image]));

  const add = (image: string, text: string, at: Omit<DataProblem, "reason">) => {
    const caption = text.trim();
    if (caption === "") return problems.push({ ...at, reason: `the caption of ${image} is empty` });
    const captions = byImage.get(image) ?? [];
    if (captions.includes(caption)) return problems.push({ ...at, reason: `the same caption twice for ${image}` });
    byImage.set(image, [...captions, caption]);
  };
  const addNamed = (name: string, text: string, at: Omit<DataProblem, "reason">) => {
    const parent = at.file.includes("/") ? at.file.slice(0, at.file.lastIndexOf("/") + 1) : "";
    const image = parent + name.replaceAll("\\", "/").replace(/^\.\//, "");
    if (images.has(image)) add(image, text, at);
    else problems.push({ ...at, reason: `no image ${image}` });
  };

  for (const file of files) {
    const extension = extname(file).toLowerCase();
    if (![".txt", ".jsonl", ".csv"].includes(extension)) continue;
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(join(folder, file)));
    } catch (cause) {
      problems.push({ file, reason: `cannot be read as UTF-8 text: ${(cause as Error).message}` });
      continue;
    }
    if (extension === ".txt") {
      const image = byStem.get(withoutExtension(file));
      const captions = text.split(/\r?\n/).filter((caption) => caption.trim() !== "");
      if (image === undefined) problems.push({ file, reason: `no image named ${basename(file, ".txt")} beside it` });
      else if (captions.length === 0) problems.push({ file, reason: `the caption of ${image} is empty` });
      else for (const caption of captions) add(image, caption, { file });
    } else if (extension === ".jsonl") {
      for (const [index, lineText] of text.split(/\r?\n/).entries()) {
        if (lineText.trim() === "") continue;
        const at = { file, line: index + 1 };
        const parsed = jsonLine.safeParse(jsonOrUndefined(lineText));
        if (!parsed.success)
          problems.push({
            ...at,
            reason: 'expected {"file_name": "…", "text": "…"} (text may be an array of strings)',
          });
        else for (const caption of [parsed.data.text].flat()) addNamed(parsed.data.file_name, caption, at);
      }
    } else {
      try {
        const [header = [], ...rows] = parseCsv(text);
        const [nameColumn, textColumn] = [header.indexOf("file_name"), header.indexOf("text")];
        if (nameColumn < 0 || textColumn < 0)
          throw new Error(`the first row must name the columns file_name and text, got ${header.join(", ")}`);
        for (const [index, row] of rows.entries())
          addNamed(row[nameColumn]!, row[textColumn]!, { file, line: index + 2 });
      } catch (cause) {
        problems.push({ file, reason: (cause as Error).message });
      }
    }
  }
  return { byImage, problems };
}

function withoutExtension(file: string): string {
  return file.slice(0, file.length - extname(file).length);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
