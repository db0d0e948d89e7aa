import { gunzipSync } from "node:zlib";

const block = 512;
const maxTarBytes = 512 * 2 ** 20;

/**
 * The regular files of a `.tar.gz` that `wanted` asks for, by path; nothing is written to disk. Reads what npm writes:
 * ustar headers, paths in `prefix/name` or in a pax record.
 * @throws Error when the archive is damaged or holds more than 512 MiB
 */
export function readTarGz(archive: Uint8Array, wanted: (path: string) => boolean): Map<string, Uint8Array> {
  const tar = gunzipSync(archive, { maxOutputLength: maxTarBytes });
  const files = new Map<string, Uint8Array>();
  let paxPath: string | undefined;
  for (let at = 0; at + block <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + block);
    const text = (from: number, length: number) => header.toString("utf8", from, from + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    const content = tar.subarray(at + block, at + block + size);
    if (!(size >= 0) || content.length !== size) throw new Error(`damaged tar archive at byte ${at}`);
    const type = text(156, 1);
    if (type === "x") {
      paxPath = /^\d+ path=(.*)$/m.exec(content.toString("utf8"))?.[1];
    } else {
      const prefix = text(345, 155);
      const path = paxPath ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100));
      paxPath = undefined;
      if ((type === "0" || type === "") && wanted(path)) files.set(path, content);
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}
