import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { dayStart, lastSegment } from "./record-chain.ts";

/*
 * The root of a day: the head of its chain and the root of the day before, signed. With one signed root the order and
 * content of everything before it is fixed.
 */

export interface DayRoot {
  /** JSON of day, records, head and the hash before; the signature is over these very characters. */
  readonly text: string;
  /** ECDSA on P-256 over SHA-256, r and s, base64url. Absent where no key was configured. */
  readonly signature?: string;
  /** The certificate of the key, PEM. */
  readonly certificate?: string;
}

export interface RootContent {
  readonly day: string;
  /** Records in the chain of the day. */
  readonly records: number;
  readonly head: string;
  /** Text of the root before. @default there is none: this is the first */
  readonly previous?: string;
}

/** Signs roots: the key of the content credentials, or another of the same kind. */
export interface RootSigner {
  readonly chain: readonly Uint8Array[];
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

export const rootRecord = recordType<DayRoot>("root of a day", ["text"]);
export const rootPartition = "RECROOT";

export async function lastRoot(items: Pick<Items, "query">): Promise<(DayRoot & { readonly day: string }) | undefined> {
  const { items: found } = await items.query({ index: "main", partition: rootPartition, reverse: true, limit: 1 });
  return found[0] && { ...rootRecord.read(found[0]), day: found[0].sk };
}

/** Closes a day, whose chain must be whole. A day that is closed already stays as it is. */
export async function closeDay(
  items: Items,
  day: string,
  { signer, digest }: { readonly signer?: RootSigner | undefined; readonly digest: (text: string) => string },
): Promise<void> {
  const last = await lastSegment(items, day);
  const before = await lastRoot(items);
  const content: RootContent = {
    day,
    records: last === undefined ? 0 : last.first + last.links.length,
    head: last?.head ?? dayStart(day),
    previous: before && digest(before.text),
  };
  const text = JSON.stringify(content);
  const certificate = signer?.chain[0] && new X509Certificate(signer.chain[0]).toString();
  const signature = signer && Buffer.from(await signer.sign(Buffer.from(text))).toString("base64url");
  const put = { pk: rootPartition, sk: day, data: rootRecord.write({ text, signature, certificate }) };
  await items.write([{ put, if: { absent: true } }]).catch((error: unknown) => {
    if (!(error instanceof ItemsConditionFailed)) throw error;
  });
}

/** @returns whether the root was signed by the key of its certificate */
export function isSigned({ text, signature, certificate }: DayRoot): boolean {
  if (signature === undefined || certificate === undefined) return false;
  const key = createPublicKey(certificate);
  return verify("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
}
