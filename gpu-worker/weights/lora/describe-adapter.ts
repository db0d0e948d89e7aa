import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { describeHeader } from "../../../shared/adapters/describe-header.ts";
import type { AdapterDescription } from "../../../shared/model-catalog/worker-models.ts";
import { readSafetensors } from "../formats/safetensors.ts";

/**
 * What a LoRA or ControlNet file says of itself, and the hash of its bytes. The hash reads the whole file, piece by
 * piece.
 * @returns `undefined` for a folder, and for a file that is damaged or went away
 */
export async function describeAdapter(path: string): Promise<AdapterDescription | undefined> {
  try {
    if (!statSync(path).isFile()) return undefined;
    const header = readSafetensors(path);
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { ...describeHeader(header), sha256: hash.digest("hex") };
  } catch {
    return undefined;
  }
}
