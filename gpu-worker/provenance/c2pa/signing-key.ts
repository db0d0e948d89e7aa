import { createHash, createPrivateKey, randomUUID, sign, webcrypto, X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { SigningKey } from "./cose-sign1.ts";

const files = { key: "key.pem", chain: "chain.pem" } as const;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const tenYearsMs = 10 * 365.25 * 86_400_000;
const emailProtection = "1.3.6.1.5.5.7.3.4";

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
  const chains = texts.map((text) => certificatesOf(text).map(({ raw }) => new Uint8Array(raw)));
  return own.length === 0 ? chains : [own, ...chains];
}

async function readSigningKey(folder: string): Promise<SigningKey | undefined> {
  const [keyPem, chainPem] = await Promise.all([readText(folder, files.key), readText(folder, files.chain)]);
  if (keyPem === undefined && chainPem === undefined) return undefined;
  if (keyPem === undefined || chainPem === undefined) {
    throw new InvalidFileError(`${folder} needs both ${files.key} and ${files.chain}; add the one that is missing`);
  }
  const key = parsed(join(folder, files.key), "a private key in PEM", () => createPrivateKey(keyPem));
  const chain = parsed(join(folder, files.chain), "certificates in PEM", () => certificatesOf(chainPem));
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
  return chain === undefined ? [] : certificatesOf(chain).map(({ raw }) => new Uint8Array(raw));
}

function certificatesOf(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error("none found");
  return found.map((text) => new X509Certificate(text));
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

/** A root that signs one certificate, and is then forgotten. */
async function createPem(): Promise<{ readonly key: string; readonly chain: string }> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const notBefore = new Date();
  const life = { notBefore, notAfter: new Date(notBefore.getTime() + tenYearsMs), signingAlgorithm: algorithm };
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...life,
    serialNumber: "01",
    name: "CN=Z-Image pipeline root, O=self-made",
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...life,
    serialNumber: "02",
    subject: "CN=Z-Image pipeline, O=self-made",
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([emailProtection]),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
  return { key, chain: `${leaf.toString("pem")}\n${root.toString("pem")}\n` };
}
