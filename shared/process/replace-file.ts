import { type FileHandle, open, rename, rm } from "node:fs/promises";

/**
 * Write a file that appears whole under its name, or not at all.
 * @param temporary - where it is written first: beside `path`, because a rename does not cross file systems
 */
export async function replaceFile(
  path: string,
  temporary: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await using file = await open(temporary, "w+");
    await write(file);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
