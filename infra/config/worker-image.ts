/** Where the worker's image is, as the setting `workerImage` names it. */
export type WorkerImage =
  /** No image: the fleet stays at zero. */
  | { readonly kind: "none" }
  /** Built from this checkout at deployment. */
  | { readonly kind: "asset" }
  | {
      readonly kind: "ecr";
      readonly repository: string;
      /** A tag, or `sha256:…`. */
      readonly tagOrDigest: string;
      /** The registry of another account or region; absent: this account's, here. */
      readonly registry?: { readonly account: string; readonly region: string };
    };

const pattern =
  /^(?:(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/)?(?!\w+\.[^/]*\/)(?<repository>[a-z0-9]+(?:[._/-][a-z0-9]+)*)(?::(?<tag>\w[\w.-]{0,127})|@(?<digest>sha256:[0-9a-f]{64}))$/;

/**
 * Reads `asset`, `name:tag`, `name@sha256:…`, or either with the host of another account's registry before it.
 * @returns `undefined` for a text that is none of these
 */
export function parseWorkerImage(text: string): WorkerImage | undefined {
  if (text === "") return { kind: "none" };
  if (text === "asset") return { kind: "asset" };
  const { account, region, repository, tag, digest } = pattern.exec(text)?.groups ?? {};
  if (repository === undefined) return undefined;
  const registry = account !== undefined && region !== undefined ? { account, region } : undefined;
  return { kind: "ecr", repository, tagOrDigest: (tag ?? digest)!, registry };
}
