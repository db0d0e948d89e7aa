import { readHeader } from "../../../shared/adapters/read-header.ts";
import { InvalidInputError } from "../../../shared/errors.ts";

/** What of PEFT's `adapter_config.json` says how strongly an adapter acts. */
const settingNames = ["r", "lora_alpha", "use_rslora", "use_dora", "alpha_pattern", "rank_pattern"] as const;
/** Where workers look for it in a file. */
const metadataKey = "lora_adapter_metadata";

/** The address of the settings of an adapter as PEFT saves it: beside `adapter_model.safetensors`, and not in it. */
export function peftConfigAddress(address: string): string | undefined {
  const url = URL.parse(address);
  const file = "adapter_model.safetensors";
  if (!url?.pathname.endsWith(`/${file}`)) return undefined;
  url.pathname = `${url.pathname.slice(0, -file.length)}adapter_config.json`;
  return url.href;
}

/**
 * A LoRA with its settings in the metadata: a worker has the file alone.
 * @param firstPart - of the file, with the whole header
 * @param config - text of `adapter_config.json`
 * @returns `firstPart` as it is where the file has settings of its own, or one of the two cannot be read
 */
export function withPeftSettings(firstPart: Uint8Array, config: string): Uint8Array {
  const header = readHeader(firstPart);
  const settings = settingsOf(config);
  if (!header || settings === undefined || header.metadata.has(metadataKey)) return firstPart;
  const bytes = Number(new DataView(firstPart.buffer, firstPart.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder().decode(firstPart.subarray(8, 8 + bytes));
  const metadata = { ...Object.fromEntries(header.metadata), [metadataKey]: JSON.stringify(settings) };
  const changed = JSON.stringify({ ...(JSON.parse(text) as object), __metadata__: metadata });
  // Spaces up to a multiple of eight, so that mapped values stay aligned.
  const encoded = Buffer.from(changed + " ".repeat((8 - (Buffer.byteLength(changed) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(encoded.length));
  return Buffer.concat([length, encoded, firstPart.subarray(8 + bytes)]);
}

/**
 * Whether a file is PEFT's and nothing in it says how strongly it acts: PEFT writes that beside the file.
 * @param firstPart - of the file, with the whole header
 */
export function lacksPeftSettings(firstPart: Uint8Array): boolean {
  const header = readHeader(firstPart);
  if (!header || header.metadata.has(metadataKey)) return false;
  const names = [...header.tensors.keys()];
  return names.some((name) => name.startsWith("base_model.model.")) && !names.some((name) => /[._]alpha$/.test(name));
}

/**
 * The text of an `adapter_config.json` that a caller sent.
 * @throws InvalidInputError `invalid_adapter` for one that says nothing of a LoRA's strength
 */
export function checkedPeftSettings(config: string, param: string): string {
  if (settingsOf(config) !== undefined) return config;
  const message =
    `${param} must be the adapter_config.json that PEFT saved beside the file, a JSON object with r and lora_alpha, ` +
    `got ${JSON.stringify(config.slice(0, 60))}`;
  throw new InvalidInputError("invalid_adapter", message, { param });
}

function settingsOf(config: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(config);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const own = new Map(Object.entries(value));
  const named = settingNames.flatMap((name) => (own.get(name) == null ? [] : [[name, own.get(name)] as const]));
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}
