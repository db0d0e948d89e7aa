import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";

/** Far above any real file (tokenizer.json is 11 MB), far below what would hurt the process. */
const maxJsonBytes = 100_000_000;

/**
 * Read and check one JSON file of a checkpoint. The file is treated as hostile.
 * @throws InvalidFileError naming the file and what is wrong with it
 */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    const { size } = await stat(path);
    if (size > maxJsonBytes) throw new Error(`${size} bytes, expected at most ${maxJsonBytes}`);
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidFileError(
    `${path}: ${issue?.path.join(".") || "the file"}: ${issue?.message ?? "unexpected content"}`,
  );
}
