import { z } from "zod";
import { InvalidInputError, PipelineError } from "../../../shared/errors.ts";
import { reason } from "../../weights/download/download-file.ts";
import { modelFilePath } from "../../weights/folder/model-manifest.ts";
import type { HubFile } from "./hub-file.ts";

export const hubNames = ["huggingface", "modelscope"] as const;
export type HubName = (typeof hubNames)[number];

export interface HubListing {
  readonly repository: string;
  /** A commit where the hub has them: what is downloaded then does not change halfway. */
  readonly revision: string;
  readonly files: readonly HubFile[];
}

interface HubOptions {
  /** Address of the hub or of a mirror that speaks like it. */
  readonly address: string;
  readonly revision: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

interface Hub {
  readonly address: string;
  readonly revision: string;
  /** Environment variable of the access token. */
  readonly tokenVariable: string;
  /** @param place - where a file of the repository is to lie; `undefined` for what is not wanted */
  list(repository: string, place: (path: string) => string | undefined, options: HubOptions): Promise<HubListing>;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const huggingFaceModel = z.looseObject({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.looseObject({
      rfilename: z.string(),
      size: z.int().nonnegative().optional(),
      blobId: z.string().optional(),
      lfs: z.looseObject({ sha256, size: z.int().nonnegative() }).nullish(),
    }),
  ),
});

const modelScopeFiles = z.looseObject({
  Data: z.looseObject({
    Files: z.array(
      z.looseObject({ Path: z.string(), Type: z.string(), Size: z.int().nonnegative(), Sha256: z.string().optional() }),
    ),
  }),
});

export const hubs: Readonly<Record<HubName, Hub>> = {
  huggingface: {
    address: "https://huggingface.co",
    revision: "main",
    tokenVariable: "HF_TOKEN",
    async list(repository, place, options) {
      const revision = encodeURIComponent(options.revision);
      const url = `${options.address}/api/models/${repository}/revision/${revision}?blobs=true`;
      const { sha, siblings } = await getJson(url, huggingFaceModel, repository, options);
      const files = siblings.flatMap(({ rfilename, size, blobId, lfs }) => {
        const path = place(rfilename);
        if (path === undefined) return [];
        const there = safePath(rfilename, url);
        const bytes = lfs?.size ?? size;
        const checksum = lfs
          ? ({ kind: "sha256", hex: lfs.sha256 } as const)
          : ({ kind: "git-sha1", hex: blobId ?? "" } as const);
        if (bytes === undefined || checksum.hex === "") throw badListing(url, `${there} has no size or checksum`);
        return { path, bytes, checksum, url: `${options.address}/${repository}/resolve/${sha}/${there}` };
      });
      return { repository, revision: sha, files };
    },
  },
  modelscope: {
    address: "https://modelscope.cn",
    revision: "master",
    tokenVariable: "MODELSCOPE_API_TOKEN",
    async list(repository, place, options) {
      const revision = encodeURIComponent(options.revision);
      const url = `${options.address}/api/v1/models/${repository}/repo/files?Revision=${revision}&Recursive=true`;
      const { Data } = await getJson(url, modelScopeFiles, repository, options);
      const files = Data.Files.flatMap((file) => {
        const path = file.Type === "blob" ? place(file.Path) : undefined;
        if (path === undefined) return [];
        const there = safePath(file.Path, url);
        const hex = sha256.safeParse(file.Sha256).data;
        if (hex === undefined) throw badListing(url, `${there} has no checksum`);
        const address = `${options.address}/models/${repository}/resolve/${revision}/${there}`;
        return { path, bytes: file.Size, checksum: { kind: "sha256" as const, hex }, url: address };
      });
      return { repository, revision: options.revision, files };
    },
  },
};

/** @throws InvalidInputError naming the address, when it is no http or https URL */
export function checkAddress(address: string): string {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new InvalidInputError(
      "bad_address",
      `--mirror must be an http or https address such as https://hf-mirror.example, got ${address}`,
    );
  }
  return url.href.replace(/(?<!\/)\/+$/, "");
}

function safePath(path: string, url: string): string {
  const parsed = modelFilePath.safeParse(path);
  if (!parsed.success) throw badListing(url, `${JSON.stringify(path.slice(0, 100))} is no plain relative path`);
  return parsed.data;
}

const maxListingBytes = 20_000_000;
const listingTimeoutMs = 60_000;

async function getJson<T>(
  url: string,
  schema: z.ZodType<T>,
  repository: string,
  { token, signal }: HubOptions,
): Promise<T> {
  let response: Response;
  let text: string;
  try {
    const timeout = AbortSignal.timeout(listingTimeoutMs);
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await limitedText(response, url);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof PipelineError) throw cause;
    throw new PipelineError(
      "hub_unreachable",
      `${url} could not be read (${reason(cause)}); check the network, or name a mirror with --mirror`,
      { retryable: true, cause },
    );
  }
  if (!response.ok) {
    const advice = [401, 403, 404].includes(response.status)
      ? `there is no ${repository} there, or it needs a token`
      : "try again later, or name a mirror with --mirror";
    throw new PipelineError("hub_refused", `${url} responded with ${response.status}; ${advice}`, {
      retryable: response.status >= 429,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badListing(url, "it is not JSON", cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badListing(url, `${issue?.path.join(".")}: ${issue?.message}`);
}

async function limitedText(response: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > maxListingBytes) throw badListing(url, `it is longer than ${maxListingBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function badListing(url: string, problem: string, cause?: unknown): PipelineError {
  return new PipelineError(
    "bad_listing",
    `${url}: not the list of files that a hub gives: ${problem}; check --from and --mirror`,
    { cause },
  );
}
