import { createHash, createPrivateKey, generateKeyPair, randomUUID, sign, X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { InvalidFileError } from "../../../shared/errors.ts";
import { derCertificates, pemCertificates } from "../../../shared/provenance/signing/pem-certificates.ts";
import { selfMadeChain } from "../../../shared/provenance/signing/self-made-chain.ts";
import type { SigningKey } from "./cose-sign1.ts";

const files = { key: "key.pem", chain: "chain.pem" } as const;

/**
 * The key and certificates of a folder: `key.pem`, a P-256 key in PKCS#8, and `chain.pem`, its certificate and those
 * above it. A folder that is not there is made, with a key and a root of its own: whoever checks a signature can tell
 * that it is the same signer, and no more.
 * @throws InvalidFileError naming the file that cannot be used
 */
export async function openSigningKey(folder: string): Promise<SigningKey> {
  const stored = await readSigningKey(folder);
  if (stored === undefined) await createFolder(folder);
  const key = stored ?? (await readSigningKey(folder));
  if (key === undefined)
    throw new InvalidFileError(`${folder} has no ${files.key}; delete the folder to make a new one`);
  await keepCertificates(folder, key.chain);
  return key;
}

/** Where the certificates of every key that was ever in a folder stay, so that what they signed is still known. */
const historyOf = (folder: string) => `${folder}-history`;
const mostFormer = 100;

async function keepCertificates(folder: string, chain: readonly Uint8Array[]): Promise<void> {
  const pem = chain.map((der) => new X509Certificate(der).toString()).join("");
  const path = join(historyOf(folder), `${createHash("sha256").update(pem).digest("hex").slice(0, 32)}.pem`);
  const draft = `${path}.${randomUUID()}`;
  try {
    if ((await readText(historyOf(folder), basename(path))) !== undefined) return;
    await mkdir(historyOf(folder), { recursive: true });
    // Moved there whole: another process may be reading.
    await writeFile(draft, pem);
    await rename(draft, path);
  } catch (error) {
    // The place of the key is not ours to write to: then its owner keeps them.
    if (!notKept.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

const notKept: ReadonlySet<string> = new Set(["EROFS", "EACCES", "EPERM"]);

/**
 * Chains of certificates of the key in a folder, and of those that were there before, DER, each with the signer's
 * first; none where there never was one.
 */
export async function readAllCertificates(folder: string): Promise<Uint8Array[][]> {
  const history = historyOf(folder);
  const names = await readdir(history).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const former = names.filter((name) => name.endsWith(".pem")).slice(0, mostFormer);
  const texts = await Promise.all(former.map((name) => readFile(join(history, name), "utf8")));
  const own = await readCertificates(folder);
  const chains = texts.map(derCertificates);
  return own.length === 0 ? chains : [own, ...chains];
}

async function readSigningKey(folder: string): Promise<SigningKey | undefined> {
  const [keyPem, chainPem] = await Promise.all([readText(folder, files.key), readText(folder, files.chain)]);
  if (keyPem === undefined && chainPem === undefined) return undefined;
  if (keyPem === undefined || chainPem === undefined) {
    throw new InvalidFileError(`${folder} needs both ${files.key} and ${files.chain}; add the one that is missing`);
  }
  const key = parsed(join(folder, files.key), "a private key in PEM", () => createPrivateKey(keyPem));
  const chain = parsed(join(folder, files.chain), "certificates in PEM", () => pemCertificates(chainPem));
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new InvalidFileError(`${join(folder, files.key)} must be a key on the curve P-256; make one with openssl`);
  }
  if (!chain[0]!.checkPrivateKey(key)) {
    throw new InvalidFileError(`the first certificate of ${join(folder, files.chain)} does not belong to ${files.key}`);
  }
  return {
    chain: chain.map(({ raw }) => new Uint8Array(raw)),
    sign: async (bytes) => sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }),
  };
}

/** The certificates of a folder, DER, the signer's first; none where there are none yet. */
async function readCertificates(folder: string): Promise<Uint8Array[]> {
  const chain = await readText(folder, files.chain);
  return chain === undefined ? [] : derCertificates(chain);
}

function parsed<T>(path: string, expected: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidFileError(`${path} must hold ${expected}: ${reason}`, { cause: error });
  }
}

async function readText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Written beside it and moved there whole: several workers may start at once, and the first one's key counts. */
async function createFolder(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  const { key, chain } = await createPem();
  await writeFile(join(draft, files.key), key, { mode: 0o600 });
  await writeFile(join(draft, files.chain), chain);
  await chmod(draft, 0o700);
  await rename(draft, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

async function createPem(): Promise<{ readonly key: string; readonly chain: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    chain: await selfMadeChain(publicKey.export({ type: "spki", format: "der" })),
  };
}
