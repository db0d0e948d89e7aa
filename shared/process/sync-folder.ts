import { open } from "node:fs/promises";

/** Makes new and renamed files in a folder survive power loss. Windows cannot open folders, and needs no such call. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}
