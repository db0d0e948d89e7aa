import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Verification } from "../../api.ts";
import { type Command, type Context, UsageError } from "../command.ts";
import { readSignature, type Signature } from "../content-credentials.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { flag, text } from "../option-values.ts";
import { printable } from "../terminal.ts";

export const verify: Command = {
  name: "verify",
  summary: "check whether images were made by this service, and whether they were changed",
  positionals: [{ name: "FILE", required: true, rest: true }],
  options: {
    offline: { type: "boolean", help: "Check the signature alone, on this machine; nothing is sent." },
    certificate: {
      type: "string",
      value: "PEM",
      path: true,
      help: "With --offline: certificates to trust, such as chain.pem of the service.",
    },
  },
  notes:
    "Ends with 0 when all files were made here and are unchanged, with 3 when some were, with 1 when none was. With " +
    "--offline, and\n--certificate, the same of files whose signature holds, and is by that signer.",
  async run({ values, positionals }, context) {
    const offline = flag(values, "offline");
    const certificate = text(values, "certificate");
    if (certificate !== undefined && !offline) throw new UsageError("--certificate goes with --offline");
    const certificates = certificate === undefined ? undefined : (await readInput(certificate)).toString("utf8");
    let [done, failed] = [0, 0];
    for (const path of positionals) {
      const bytes = await readInput(path);
      const isGood = offline
        ? await checkOffline(path, bytes, certificates, context)
        : await checkOnline(path, bytes, context);
      if (isGood) done++;
      else failed++;
    }
    return exitCodeOf(done, failed);
  },
};

function readInput(path: string): Promise<Buffer> {
  return readFile(path).catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
}

/** @returns whether it was made here and is unchanged */
async function checkOnline(path: string, bytes: Buffer, { client, terminal, json, signal }: Context): Promise<boolean> {
  const verification = await (await client()).verify(new Uint8Array(bytes), { filename: basename(path), signal });
  if (json) terminal.json({ path, ...verification });
  else terminal.print(`${path}: ${printable(describe(verification))}`);
  return verification.made_here && verification.unchanged === true;
}

function describe({ made_here, match, unchanged, image, credentials }: Verification): string {
  if (!made_here) {
    const signed = {
      intact: "signed by another",
      changed: "signed by another and changed since",
      invalid: "its signature does not hold",
    };
    if (credentials.signed_here) {
      return "carries a signature of this service, and does not show what was signed: not known to be made here";
    }
    const more = credentials.state in signed ? `; ${signed[credentials.state as keyof typeof signed]}` : "";
    return `not known to be made here${more}`;
  }
  const found: { readonly [match: string]: string } = {
    look: "found by its look alone",
    watermark: "found by its watermark alone",
  };
  const state = unchanged === true ? "unchanged" : (found[match ?? ""] ?? "changed since");
  if (image === null) return `made here, ${state}`;
  return `made here, ${state}: ${image.job}, ${image.index === null ? "one of its images" : `image ${image.index}`}, ${image.model}, ${image.created_at}`;
}

/** @returns whether its signature holds, and is by whom it should be */
async function checkOffline(
  path: string,
  bytes: Buffer,
  certificates: string | undefined,
  { terminal, json }: Context,
): Promise<boolean> {
  const signature = await readSignature(new Uint8Array(bytes), certificates);
  if (json) terminal.json({ path, signature: signature ?? null });
  else terminal.print(`${path}: ${printable(describeSignature(signature, certificates !== undefined))}`);
  return signature?.state === "intact" && (certificates === undefined || signature.trusted);
}

function describeSignature(signature: Signature | undefined, isAsked: boolean): string {
  if (signature === undefined) return "has no content credentials";
  const { state, trusted, generator, signer, manifest } = signature;
  const said = { intact: "unchanged", changed: "changed since", invalid: "the signature does not hold" }[state];
  const by = isAsked ? (trusted ? " (trusted)" : " (not by the certificate given)") : "";
  return `signed by ${signer}${by}, ${said}: ${generator}, ${manifest}`;
}
