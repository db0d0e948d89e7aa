import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { UsageError } from "./command.ts";

/** What the signature of a file says, read on this machine alone. */
export interface Signature {
  readonly state: "intact" | "changed" | "invalid";
  /** Whether the certificates given vouch for the signer. */
  readonly trusted: boolean;
  readonly manifest: string;
  /** Program that signed. */
  readonly generator: string;
  /** Holder of the certificate, as it says. */
  readonly signer: string;
}

/** The reader's report, as far as it is shown. */
interface Report {
  readonly active_manifest: string;
  readonly manifests: {
    readonly [label: string]: {
      readonly claim_generator_info?: readonly { readonly name?: string; readonly version?: string }[];
      readonly signature_info?: { readonly common_name?: string; readonly issuer?: string };
    };
  };
  readonly validation_results: {
    readonly activeManifest: {
      readonly success: readonly { readonly code: string }[];
      readonly failure: readonly { readonly code: string }[];
    };
  };
}

const library = "@contentauth/c2pa-wasm";
const types: readonly (readonly [type: string, start: string, at: number])[] = [
  ["image/png", "\x89PNG", 0],
  ["image/jpeg", "\xff\xd8", 0],
  ["image/webp", "WEBP", 8],
  ["image/avif", "ftyp", 4],
];
const changedContent = /^assertion\.(?:dataHash|bmffHash|boxesHash)\.mismatch$/;
const untrusted = "signingCredential.untrusted";

/**
 * Checks the content credentials (C2PA) of an image, with the library of the C2PA itself, which is not a part of this
 * package. Nothing is sent or fetched.
 * @param certificates - PEM, of signers or of those above them, to be trusted. @default nobody is
 * @returns `undefined` where the file has no credentials that can be read
 * @throws UsageError when the library is not installed
 */
export async function readSignature(file: Uint8Array, certificates?: string): Promise<Signature | undefined> {
  const text = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 16)).toString("latin1");
  const type = types.find(([, start, at]) => text.startsWith(start, at))?.[0];
  if (type === undefined) return undefined;
  const { WasmReader } = await loadLibrary();
  const settings = {
    verify: { verify_trust: certificates !== undefined, remote_manifest_fetch: false, ocsp_fetch: false },
    trust: certificates === undefined ? undefined : { trust_anchors: certificates },
  };
  let report: Report;
  try {
    const reader = await WasmReader.fromBytes(type, file, JSON.stringify(settings));
    report = JSON.parse(reader.json()) as Report;
    reader.free();
  } catch (error) {
    if (/^C2pa\(/.test(String(error))) return undefined;
    throw error;
  }
  return signatureOf(report);
}

function signatureOf({ active_manifest: manifest, manifests, validation_results }: Report): Signature {
  const { success, failure } = validation_results.activeManifest;
  const has = (wanted: string) => success.some(({ code }) => code === wanted);
  const faults = failure.map(({ code }) => code).filter((code) => code !== untrusted);
  const isSigned = has("claimSignature.validated") && faults.every((code) => changedContent.test(code));
  const { claim_generator_info: [program] = [], signature_info: signer } = manifests[manifest] ?? {};
  const joined = (parts: readonly (string | undefined)[], separator: string) =>
    parts.filter((part) => part !== undefined).join(separator) || "unknown";
  return {
    state: !isSigned ? "invalid" : faults.length === 0 ? "intact" : "changed",
    trusted: isSigned && has("signingCredential.trusted"),
    manifest,
    generator: joined([program?.name, program?.version], " "),
    signer: joined([signer?.common_name, signer?.issuer], ", "),
  };
}

async function loadLibrary(): Promise<typeof import("@contentauth/c2pa-wasm")> {
  try {
    const loaded = await import("@contentauth/c2pa-wasm");
    const wasm = await readFile(createRequire(import.meta.url).resolve(`${library}/c2pa.wasm`));
    await loaded.default({ module_or_path: wasm });
    return loaded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError(`reading signatures takes ${library}; install it beside zimage: npm install ${library}`);
  }
}
