import { X509Certificate } from "node:crypto";
import * as z from "zod";
import { contentTypes } from "../../job.ts";
import { type Credentials, imageAssertion, type ReadCredentials, type SignedImage } from "../credentials.ts";
import { loadC2pa } from "./c2pa-library.ts";

/** What the reader reports, as far as it is used here. */
const reportSchema = z.object({
  active_manifest: z.string(),
  manifests: z.record(
    z.string(),
    z.object({
      claim_generator_info: z
        .array(z.object({ name: z.string().optional(), version: z.string().optional() }))
        .optional(),
      assertions: z.array(z.object({ label: z.string(), data: z.unknown() })).optional(),
      signature_info: z.object({ cert_serial_number: z.string().optional() }).optional(),
    }),
  ),
  validation_results: z.object({
    activeManifest: z.object({
      success: z.array(z.object({ code: z.string() })),
      failure: z.array(z.object({ code: z.string() })),
    }),
  }),
});
type Report = z.infer<typeof reportSchema>;

const signedImageSchema = z.object({
  job: z.string(),
  index: z.number(),
  model: z.string(),
  at: z.iso.datetime().transform((text) => Date.parse(text)),
});

/** Says that nobody vouches for the signer; that the signature holds is said elsewhere. */
const aboutTrust: ReadonlySet<string> = new Set(["signingCredential.untrusted"]);
/** The file and its signed manifest do not fit together any more. */
const aboutContent = /^assertion\.(?:dataHash|bmffHash|boxesHash)\.mismatch$/;

/**
 * Reads and checks the C2PA manifest of a file. A manifest elsewhere is not fetched: the file could name any address.
 * @param chains - certificates that this deployment signs with or once did: DER, of each chain its own first.
 * @default nothing was signed here
 * @param wasmPath - of the library. @default that of the installed package
 */
export function openCredentialReader(
  chains: readonly (readonly Uint8Array[])[] = [],
  wasmPath?: string,
): ReadCredentials {
  const some = chains.filter((chain) => chain.length > 0);
  const pem = (der: Uint8Array) => new X509Certificate(der).toString();
  const settings = JSON.stringify({
    verify: { verify_trust: some.length > 0, remote_manifest_fetch: false, ocsp_fetch: false },
    trust: some.length > 0 ? { trust_anchors: some.map((chain) => pem(chain.at(-1)!)).join("") } : undefined,
  });
  // Of a root that many share, the serial number tells our certificate from theirs.
  const serials = new Set(some.map(([own]) => BigInt(`0x${new X509Certificate(own!).serialNumber}`).toString()));
  return async (file, format) => {
    const { WasmReader } = await loadC2pa(wasmPath);
    let text: string;
    try {
      const reader = await WasmReader.fromBytes(contentTypes[format], file, settings);
      text = reader.json();
      reader.free();
    } catch (error) {
      // No manifest, or none that can be read: the file says nothing that could be believed.
      if (/^C2pa\(/.test(String(error))) return undefined;
      throw error;
    }
    const report = reportSchema.parse(JSON.parse(text));
    return credentialsOf(report, serials);
  };
}

function credentialsOf(report: Report, serials: ReadonlySet<string>): Credentials {
  const manifest = report.manifests[report.active_manifest];
  const { success, failure } = report.validation_results.activeManifest;
  const has = (code: string) => success.some((one) => one.code === code);
  const faults = failure.map(({ code }) => code).filter((code) => !aboutTrust.has(code));
  const isSigned = has("claimSignature.validated") && faults.every((code) => aboutContent.test(code));
  const isOurs = serials.has(manifest?.signature_info?.cert_serial_number ?? "");
  const signedHere = isSigned && isOurs && has("signingCredential.trusted");
  const { name, version } = manifest?.claim_generator_info?.[0] ?? {};
  return {
    manifest: report.active_manifest,
    state: !isSigned ? "invalid" : faults.length === 0 ? "intact" : "changed",
    signedHere,
    generator: [name, version].filter((part) => part !== undefined).join(" ") || undefined,
    image: signedHere ? signedImageOf(manifest) : undefined,
  };
}

function signedImageOf(manifest: Report["manifests"][string] | undefined): SignedImage | undefined {
  const assertion = manifest?.assertions?.find(({ label }) => label === imageAssertion);
  const image = signedImageSchema.safeParse(assertion?.data);
  return image.success ? image.data : undefined;
}
