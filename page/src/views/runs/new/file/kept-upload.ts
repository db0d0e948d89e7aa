import type { PartialUpload, UploadedFile } from "../../../../../../sdk/src/index.ts";
import { client } from "../../../../server/client.ts";
import { keep, kept } from "../../../../shell/kept.ts";

/**
 * Uploads a file; a large one goes on where an earlier attempt broke off, also after the page was closed: choosing the
 * same file again is enough.
 */
export async function uploadKept(
  file: File,
  onProgress: (sentBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const name = `zimage.upload.${file.name}.${file.size}.${file.lastModified}`;
  const resume = parsed(kept(name));
  const send = (from?: PartialUpload) =>
    client.value.files.upload(file, {
      signal,
      onProgress,
      resume: from,
      onPart: (upload) => keep(name, JSON.stringify(upload)),
    });
  try {
    return await send(resume);
  } catch (error) {
    // What was kept may be too old for the server.
    if (resume === undefined || signal.aborted) throw error;
    return await send();
  } finally {
    if (!signal.aborted) keep(name, null);
  }
}

function parsed(text: string | null): PartialUpload | undefined {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as PartialUpload;
  } catch {
    return undefined;
  }
}
