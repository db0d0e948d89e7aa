import { InvalidInputError, LimitError, PipelineError } from "../../../shared/errors.ts";
import { type GuardedResponse, guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import type { RequestBudget } from "../../../shared/net/request-budget.ts";
import type { MemoryReservation } from "../../../shared/process/memory-budget.ts";
import { peftConfigAddress, withPeftSettings } from "./peft-settings.ts";

/**
 * Hosts, with their subdomains, whose files may be fetched: the hubs that people share LoRAs on, and what their links
 * lead to.
 */
const allowedHosts = [
  "huggingface.co",
  "hf.co",
  "modelscope.cn",
  "modelscope.ai",
  "civitai.com",
  "civitai.red",
  "r2.cloudflarestorage.com",
  "replicate.delivery",
  "replicate.com",
  "fal.media",
  "fal.ai",
  "github.com",
  "githubusercontent.com",
];
const partBytes = 16 * 1024 * 1024;
const maxRedirects = 5;

export interface FetchAdapterDependencies {
  /** One machine: files may come from loopback addresses. */
  readonly localMode: boolean;
  readonly budget: RequestBudget;
  /** @default `guardedFetch` */
  readonly fetchPart?: typeof guardedFetch;
}

/** For whom an adapter is fetched, and the request field that names it, for messages. */
export interface AdapterRequest {
  readonly accountId: string;
  readonly param: string;
}

const repository = /^https:\/\/(?:huggingface\.co|hf\.co)\/([\w.-]{1,96}\/[\w.-]{1,96})(?:\/tree\/main)?\/?$/;
const page = /^(https:\/\/(?:huggingface\.co|hf\.co)\/[^?#]+?)\/blob\//;
const maxListingBytes = 2_000_000;
const maxSettingsBytes = 1_000_000;

/**
 * The address of a file. A Hugging Face repository stands for its one LoRA file, and the page of a file for the file.
 * @throws InvalidInputError for a host that is not allowed, and a repository in which the file cannot be told
 */
export async function adapterAddress(
  text: string,
  request: AdapterRequest,
  dependencies: FetchAdapterDependencies,
): Promise<string> {
  const { param } = request;
  const name = repository.exec(text)?.[1];
  if (name === undefined) return text.replace(page, "$1/resolve/");
  const listing = await getSmall(`https://huggingface.co/api/models/${name}`, maxListingBytes, request, dependencies);
  if (listing.status !== 200 && listing.status !== 206) {
    throw invalid(param, `names the repository ${name}, which answers with status ${listing.status}`);
  }
  const files = filesOf(listing.body).filter((path) => path.endsWith(".safetensors"));
  const file =
    files.length === 1
      ? files[0]
      : files.find((path) => /(^|\/)(pytorch_lora_weights|adapter_model)\.safetensors$/.test(path));
  if (file === undefined) {
    const names = files.slice(0, 10).join(", ") || "none";
    throw invalid(
      param,
      `names the repository ${name}, whose LoRA file cannot be told; give the address of one of: ${names}`,
    );
  }
  return `https://huggingface.co/${name}/resolve/main/${file.split("/").map(encodeURIComponent).join("/")}`;
}

function filesOf(body: Uint8Array): string[] {
  try {
    const { siblings } = JSON.parse(Buffer.from(body).toString()) as { siblings?: { rfilename?: unknown }[] };
    return (siblings ?? []).flatMap(({ rfilename }) => (typeof rfilename === "string" ? [rfilename] : []));
  } catch {
    return [];
  }
}

async function getSmall(
  address: string,
  bytes: number,
  request: AdapterRequest,
  dependencies: FetchAdapterDependencies,
): Promise<GuardedResponse> {
  const room = dependencies.budget.memory.open(request.accountId);
  // It is small, and read at once.
  return get(address, { from: 0, bytes }, { ...request, room }, dependencies).finally(() => room.close());
}

/**
 * A LoRA file, in the parts of `fetchParts`. One as PEFT saves it brings the settings beside it, without which it would
 * act at another strength.
 * @throws InvalidInputError for an address that is not allowed or has no such file
 */
export async function* fetchAdapter(
  address: string,
  request: AdapterRequest,
  dependencies: FetchAdapterDependencies,
): AsyncGenerator<Uint8Array, void> {
  const configAddress = peftConfigAddress(address);
  const parts = fetchParts(address, request, dependencies);
  if (configAddress === undefined) return yield* parts;
  const settings = await getSmall(configAddress, maxSettingsBytes, request, dependencies);
  const isThere = (settings.status === 200 || settings.status === 206) && !settings.truncated;
  let isFirst = true;
  for await (const part of parts) {
    yield isFirst && isThere ? withPeftSettings(part, Buffer.from(settings.body).toString()) : part;
    isFirst = false;
  }
}

/**
 * A file in parts of 16 MiB, each by a request of its own that asks for a range: none is held longer, and none takes
 * longer than a guarded request may.
 * @throws InvalidInputError for an address that is not allowed or has no such file
 */
async function* fetchParts(
  address: string,
  request: AdapterRequest,
  dependencies: FetchAdapterDependencies,
): AsyncGenerator<Uint8Array, void> {
  const { param } = request;
  const room = dependencies.budget.memory.open(request.accountId);
  try {
    for (let from = 0; ; ) {
      const range = { from, bytes: partBytes };
      const { status, headers, body, truncated } = await get(address, range, { ...request, room }, dependencies);
      if (status === 416 && from > 0) return;
      if (/^text\/html/i.test(headers["content-type"] ?? "")) {
        throw invalid(
          param,
          "leads to a web page; give the address of the file itself, as the page's download button has it",
        );
      }
      if (status === 200 && from === 0 && !truncated) {
        yield body;
        return;
      }
      if (status === 200) throw invalid(param, "leads to a server that does not send files in parts");
      if (status !== 206) throw invalid(param, `answers with status ${status}, expected a file`);
      yield body;
      // Whoever asks for the next part has stored this one.
      room.shrink(body.length);
      from += body.length;
      const [, size] = /\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
      const total = size === undefined ? Number.NaN : Number(size);
      if (body.length === 0 || from >= total) return;
      if (Number.isNaN(total) && body.length < partBytes) return;
    }
  } finally {
    room.close();
  }
}

/** Follows redirects from one allowed host to another; each is looked up and checked anew. */
async function get(
  address: string,
  { from, bytes }: { readonly from: number; readonly bytes: number },
  { accountId, param, room }: AdapterRequest & { readonly room: MemoryReservation },
  { localMode, budget, fetchPart = guardedFetch }: FetchAdapterDependencies,
): Promise<GuardedResponse> {
  let url = address;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    assertAllowedHost(url, param, localMode);
    const fetch = () =>
      fetchPart(url, {
        method: "GET",
        headers: { accept: "*/*", range: `bytes=${from}-${from + bytes - 1}` },
        allowLoopback: localMode,
        subject: "adapter",
        param,
        maxResponseBytes: bytes,
        reserve: (more) => room.grow(more),
      });
    const response = await budget.fetches.run({ accountId, url }, fetch).catch((cause: unknown) => {
      if (!(cause instanceof PipelineError) || cause instanceof InvalidInputError || cause instanceof LimitError) {
        throw cause;
      }
      throw invalid(param, `could not be fetched: ${cause.message}`);
    });
    const { location } = response.headers;
    if (response.status < 300 || response.status >= 400 || location === undefined) return response;
    const next = URL.parse(location, url);
    if (next === null) throw invalid(param, "leads to a redirect that is no address");
    url = next.href;
  }
  throw invalid(param, `leads through more than ${maxRedirects} redirects`);
}

function assertAllowedHost(address: string, param: string, localMode: boolean): void {
  const host = URL.parse(address)?.hostname ?? "";
  const isAllowed = allowedHosts.some((allowed) => host === allowed || host.endsWith(`.${allowed}`));
  const isLocal = localMode && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
  if (isAllowed || isLocal) return;
  throw invalid(
    param,
    `must lead to one of ${allowedHosts.slice(0, 6).join(", ")} and others, got ` +
      `${JSON.stringify(host.slice(0, 60))}; upload the file instead`,
  );
}

function invalid(param: string, problem: string): InvalidInputError {
  return new InvalidInputError("invalid_adapter", `${param} ${problem}`, { param });
}
