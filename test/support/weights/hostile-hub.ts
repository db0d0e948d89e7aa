import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Fault in the responses for a file. Counted per file: `times` requests get it, later ones succeed. */
export interface Mischief {
  readonly kind:
    | "drop" // half of the bytes, then the connection is gone
    | "wrong bytes" // right length, other content
    | "short" // says the right length in Content-Range, ends cleanly after half
    | "long" // more bytes than asked for
    | "other length" // the file has another size than listed
    | "no ranges" // 200 and the whole file, whatever is asked for
    | "stall" // headers, then nothing
    | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
  readonly times: number;
}

export interface HostileHub {
  readonly address: string;
  /** `Range` headers asked of each file, in order. */
  readonly asked: ReadonlyMap<string, string[]>;
  /** `Authorization` headers seen. */
  readonly tokens: ReadonlySet<string | undefined>;
  /** Requests that reached the other host that weights are sent from, where there is one. */
  readonly signedRequests: () => number;
  misbehave(path: string, mischief: Mischief): void;
  close(): Promise<void>;
}

export const turboRepository = "Tongyi-MAI/Z-Image-Turbo";
export const hubRevision = "0123456789abcdef0123456789abcdef01234567";

/** Contents of a repository's files by their paths. */
export type HubFiles = Readonly<Record<string, Buffer>>;

export interface HubOptions {
  /**
   * Weights are sent from another host, as Hugging Face does: `resolve` answers 302 with an address that is signed for
   * one request. That host refuses a request that also has a token, as S3 does. Small files move too, within the hub.
   * @default false
   */
  readonly redirects?: boolean;
}

/**
 * A server on the loopback that lists and sends `files` as Hugging Face and ModelScope do, well or badly.
 * @param others - repositories beside that of Turbo
 */
export async function startHostileHub(
  files: HubFiles,
  others: Readonly<Record<string, HubFiles>> = {},
  { redirects = false }: HubOptions = {},
): Promise<HostileHub> {
  const repositories = new Map([[turboRepository, files], ...Object.entries(others)]);
  const asked = new Map<string, string[]>();
  const tokens = new Set<string | undefined>();
  const mischiefs = new Map<string, { kind: Mischief["kind"]; times: number }>();

  const server = createServer((request, response) => {
    tokens.add(request.headers.authorization);
    const { pathname } = new URL(request.url!, "http://hub");
    const filesOf = (pattern: RegExp) => repositories.get(pattern.exec(pathname)?.[1] ?? "");
    const huggingFace = filesOf(/^\/api\/models\/(.*)\/revision\/main$/);
    const modelScope = filesOf(/^\/api\/v1\/models\/(.*)\/repo\/files$/);
    if (redirects && pathname.startsWith(resolveCache)) {
      const path = pathname.slice(resolveCache.length);
      send(path, contentOf(path), request, response);
    } else if (huggingFace) {
      response.end(JSON.stringify({ sha: hubRevision, siblings: Object.entries(huggingFace).map(huggingFaceEntry) }));
    } else if (modelScope) {
      response.end(JSON.stringify({ Code: 200, Data: { Files: Object.entries(modelScope).map(modelScopeEntry) } }));
    } else {
      const [, repository = "", path] =
        /^(?:\/models)?\/([^/]+\/[^/]+)\/resolve\/(?:master|[0-9a-f]{40})\/(.*)$/.exec(pathname) ?? [];
      const content = path === undefined ? undefined : repositories.get(repository)?.[path];
      if (path === undefined || !content) return void response.writeHead(404).end();
      asked.set(path, [...(asked.get(path) ?? []), request.headers.range ?? ""]);
      if (redirects) redirect(path, content, response);
      else send(path, content, request, response);
    }
  });

  /** Addresses that were signed and not used yet, and the file that each is for. */
  const signed = new Map<string, string>();
  const resolveCache = "/api/resolve-cache/";
  let signedRequests = 0;
  const contentOf = (path: string) => [...repositories.values()].map((each) => each[path]).find(Boolean)!;
  const otherHost = createServer((request, response) => {
    signedRequests++;
    const path = signed.get(request.url!);
    signed.delete(request.url!);
    if (request.headers.authorization !== undefined) return void response.writeHead(400).end("two credentials");
    if (path === undefined) return void response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    send(path, contentOf(path), request, response);
  });

  function redirect(path: string, content: Buffer, response: ServerResponse): void {
    const headers = { "x-linked-size": content.length, "x-linked-etag": `"${sha256(content)}"` };
    if (!isWeight(path)) return void response.writeHead(307, { ...headers, location: resolveCache + path }).end();
    const address = `/${sha256(content)}?X-Amz-Expires=3600&X-Amz-Signature=${signed.size}-${Math.random()}`;
    signed.set(address, path);
    response.writeHead(302, { ...headers, location: addressOf(otherHost) + address }).end("Found. Redirecting");
  }

  function send(path: string, content: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const mischief = mischiefs.get(path);
    sendFile(mischief && mischief.times-- > 0 ? mischief.kind : undefined, content, request, response);
  }

  const servers = redirects ? [server, otherHost] : [server];
  await Promise.all(
    servers.map((each) => new Promise<void>((resolve) => void each.listen(0, "127.0.0.1", () => resolve()))),
  );
  return {
    address: addressOf(server),
    asked,
    tokens,
    signedRequests: () => signedRequests,
    misbehave: (path, mischief) => void mischiefs.set(path, { ...mischief }),
    close: async () => {
      for (const each of servers) each.closeAllConnections();
      await Promise.all(servers.map((each) => new Promise((resolve) => void each.close(resolve))));
    },
  };
}

/** A file, or the part that was asked for, with one fault. */
function sendFile(
  kind: Mischief["kind"] | undefined,
  content: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (typeof kind === "object") return void response.writeHead(kind.status, kind.headers).end("no");
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (kind === "no ranges" || !range)
    return void response.writeHead(200, { "content-length": content.length }).end(content);
  const [first, last] = [Number(range[1]), Number(range[2])];
  let body = content.subarray(first, last + 1);
  const total = kind === "other length" ? content.length + 1 : content.length;
  const head = { "content-range": `bytes ${first}-${last}/${total}` };
  if (kind === "wrong bytes") body = Buffer.from(body.map((byte) => byte ^ 1));
  if (kind === "long") body = Buffer.concat([body, Buffer.from("more")]);
  if (kind === "short") return void response.writeHead(206, head).end(body.subarray(0, body.length >> 1));
  if (kind === "stall") return void response.writeHead(206, head).flushHeaders();
  if (kind === "drop") {
    response.writeHead(206, { ...head, "content-length": body.length });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    return;
  }
  response.writeHead(206, { ...head, "content-length": body.length }).end(body);
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const isWeight = (path: string) => /\.(safetensors|gguf)$/.test(path);

/** Weights are in LFS and have a sha256; small files have git's own id. */
function huggingFaceEntry([path, content]: [string, Buffer]) {
  const blobId = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  const lfs = { sha256: sha256(content), size: content.length };
  return { rfilename: path, size: content.length, blobId, lfs: isWeight(path) ? lfs : undefined };
}

function modelScopeEntry([path, content]: [string, Buffer]) {
  return { Path: path, Type: "blob", Size: content.length, Sha256: sha256(content) };
}

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");
