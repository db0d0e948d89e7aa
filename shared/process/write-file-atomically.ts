import { replaceFile } from "./replace-file.ts";

/** The file appears whole under its name, or not at all. */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(path, `${path}.${process.pid}.tmp`, (file) => file.writeFile(bytes));
}
