import type { AdapterHeader } from "./describe-header.ts";

/** More than any published LoRA has; the header is text that is parsed at once. */
const maxHeaderBytes = 4_000_000;

/**
 * @param bytes - the beginning of a safetensors file
 * @returns `undefined` for anything else, and for a header that does not lie in `bytes`
 */
export function readHeader(bytes: Uint8Array): AdapterHeader | undefined {
  if (bytes.length < 8) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes || length > bytes.length - 8) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + Number(length))));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { __metadata__: metadata, ...entries } = value;
  const tensors = new Map<string, { readonly shape: readonly number[] }>();
  let dataBytes = 0;
  for (const [name, entry] of Object.entries(entries)) {
    if (!isRecord(entry) || !Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) return undefined;
    const end = Number(entry.data_offsets[1]);
    if (!Number.isSafeInteger(end)) return undefined;
    dataBytes = Math.max(dataBytes, end);
    tensors.set(name, { shape: entry.shape.map(Number) });
  }
  const texts = Object.entries(isRecord(metadata) ? metadata : {}).filter(([, text]) => typeof text === "string");
  return { fileBytes: 8 + Number(length) + dataBytes, tensors, metadata: new Map(texts as [string, string][]) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
