import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../shared/ports/clock.ts";
import { downloadFile } from "../../weights/download/download-file.ts";
import { fileChecksum } from "../../weights/download/file-checksum.ts";
import { hubFile } from "./hub-file.ts";

interface PublishedNetwork {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where the makers of TrustMark (MIT) publish its networks. */
const publishedAt = "https://cc-assets.netlify.app/watermarking/trustmark-models";

/**
 * The pair of variant Q. Lengths and digests as three programs that pin these files state them, read on 1 December
 * 2026; the makers publish none.
 */
const networks: readonly PublishedNetwork[] = [
  {
    path: "encoder_Q.onnx",
    bytes: 17_312_208,
    sha256: "19b3d1b25836130ffd78775a8f61539f993375d1823ef0e59ba5b8dffb4f892d",
  },
  {
    path: "decoder_Q.onnx",
    bytes: 47_401_222,
    sha256: "ee3268f057c9dabef680e169302f5973d0589feea86189ed229a896cc3aa88df",
  },
];

export interface PullTrustmarkOptions {
  readonly outDir: string;
  /** Address to use instead of the makers' own. */
  readonly mirror?: string | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called with what is about to be downloaded. */
  readonly onFile?: (file: PublishedNetwork) => void;
  /** @default those of TrustMark's variant Q */
  readonly files?: readonly PublishedNetwork[];
}

/**
 * Downloads TrustMark's encoder and decoder, and writes the description that `WATERMARK` names beside them. What is
 * there is not downloaded again; what was interrupted is resumed.
 * @returns the path of the description
 * @throws PipelineError `download_failed`
 */
export async function pullTrustmark({
  outDir,
  mirror = publishedAt,
  clock,
  signal,
  onFile,
  files = networks,
}: PullTrustmarkOptions): Promise<string> {
  for (const file of files) {
    const place = join(outDir, file.path);
    if ((await fileChecksum(place).catch(() => undefined)) === file.sha256) continue;
    onFile?.(file);
    const url = `${mirror.replace(/\/$/, "")}/${file.path}`;
    const remote = hubFile({ ...file, checksum: { kind: "sha256", hex: file.sha256 }, url }, undefined);
    await downloadFile(remote, place, { clock, ...(signal && { signal }) });
  }
  const [encoder, decoder] = files;
  const description = { encoder: { model: encoder!.path }, decoder: { model: decoder!.path } };
  const path = join(outDir, "watermark.json");
  await writeFile(path, `${JSON.stringify(description, undefined, 2)}\n`);
  return path;
}
