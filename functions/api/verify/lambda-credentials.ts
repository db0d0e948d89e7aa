import { join } from "node:path";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import type { ReadCredentials } from "../../../shared/provenance/credentials.ts";
import { derCertificates } from "../../../shared/provenance/signing/pem-certificates.ts";
import { readChains } from "../../../shared/provenance/signing/stored-chains.ts";
import { openCredentialThread } from "./credential-reader-thread.ts";

/** Certificates are looked up again after so long: they change once in years. */
const chainsMs = 60_000;

/**
 * Reads content credentials in a function of Lambda, whose package holds the thread's bundle and the library's
 * WebAssembly beside its own.
 * @param folder - of the package
 */
export function openLambdaCredentials({
  items,
  clock,
  folder,
}: {
  readonly items: Pick<Items, "query">;
  readonly clock: Pick<Clock, "now">;
  readonly folder: string;
}): ReadCredentials {
  let known: { readonly at: number; readonly chains: readonly (readonly Uint8Array[])[] } | undefined;
  async function chains() {
    if (known === undefined || clock.now() - known.at > chainsMs) {
      const stored = await readChains(items);
      known = { at: clock.now(), chains: stored.map(({ pem }) => derCertificates(pem)) };
    }
    return known.chains;
  }
  const { read } = openCredentialThread({
    chains,
    entry: join(folder, "credential-thread.js"),
    wasmPath: join(folder, "c2pa.wasm"),
  });
  return read;
}
