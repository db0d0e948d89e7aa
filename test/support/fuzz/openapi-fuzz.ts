import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { seededRandom } from "../seeded-random.ts";
import { disturb, pick, type Schema, type ValueContext, valueFor } from "./schema-values.ts";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly security?: readonly unknown[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: { readonly [type: string]: { schema: Schema } };
  };
  readonly responses: {
    readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema?: Schema } } };
  };
}

export interface OpenapiDocument {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}

interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface FuzzOptions {
  readonly document: OpenapiDocument;
  readonly seed: number;
  readonly requests: number;
  readonly send: (request: FuzzRequest) => Promise<Response>;
  /** `Authorization` headers that open everything between them. */
  readonly authorizations: readonly string[];
  /** Operations that are not called. */
  readonly leaveOut?: readonly string[];
  /** Values for fields and parameters whose schema says too little. */
  readonly hints: ValueContext["hints"];
  /** More of them for a request to this address. */
  readonly hintsAt?: (address: string) => ValueContext["hints"];
  /** Ids that must stay as they are: the key and account that the requests are made with. */
  readonly untouchable: ReadonlySet<string>;
  /** Called before a request whose answer ends only when the job with this id does. */
  readonly endJob: (id: string) => Promise<void>;
}

export interface FuzzReport {
  /** Each violation, with the seed and the request. */
  readonly findings: readonly string[];
  /** Answers by operation, then by status. */
  readonly answers: { readonly [operationId: string]: { readonly [status: string]: number } };
}

/**
 * Requests as the document describes them, and with one thing made wrong in about half of them. A finding is a response
 * of 500 or more, a status, media type or body that the document does not have, or a success for a body that the
 * document refuses.
 */
export async function fuzzOpenapi(options: FuzzOptions): Promise<FuzzReport> {
  const { document, seed, requests, send, leaveOut = [] } = options;
  const random = seededRandom(seed);
  const check = createChecks(document);
  const places = Object.entries(document.paths)
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })))
    .filter(({ operation }) => !leaveOut.includes(operation.operationId));
  const known = new KnownIds(options.untouchable);
  const findings: string[] = [];
  const answers: { [operationId: string]: { [status: string]: number } } = {};
  for (let i = 0; i < requests; i++) {
    let place = pick(places, random);
    // Seldom: what is deleted is not there for all the others.
    if (place.method === "delete" && random() < 0.9) place = pick(places, random);
    const { request, body } = buildRequest(place, { ...options, random, known });
    const jobId = /^\/v1\/jobs\/(job_[^/]+)\/events/.exec(request.path)?.[1];
    if (jobId !== undefined) await options.endJob(jobId);
    const response = await send(request);
    const isEndless = response.ok && /^\/v1\/events(?:\?|$)/.test(request.path);
    const text = isEndless ? await firstPiece(response) : await response.text();
    const counts = (answers[place.operation.operationId] ??= {});
    counts[response.status] = (counts[response.status] ?? 0) + 1;
    known.learn(text);
    const problem = judge(place, { response, text, body }, check);
    if (problem === undefined) continue;
    const shown = `${request.method} ${request.path} ${JSON.stringify(request.headers)} ${String(request.body ?? "").slice(0, 500)}`;
    findings.push(`seed ${seed}, request ${i}: ${problem}\n  ${shown}\n  → ${response.status} ${text.slice(0, 500)}`);
  }
  return { findings, answers };
}

/** Of a response that goes on until its client leaves. */
async function firstPiece({ body }: Response): Promise<string> {
  const reader = body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** Ids and links that answers held, so that later requests are about things that exist. */
class KnownIds {
  readonly #byPrefix = new Map<string, string[]>();
  readonly #links: URL[] = [];
  readonly #untouchable: ReadonlySet<string>;

  constructor(untouchable: ReadonlySet<string>) {
    this.#untouchable = untouchable;
  }

  learn(text: string): void {
    for (const [, id = "", prefix = ""] of text.matchAll(/"id":"(([a-z]+)[_-][0-9A-Z]{10,}(?:_\d+)?)"/g)) {
      if (this.#untouchable.has(id)) continue;
      const ids = this.#byPrefix.get(prefix) ?? [];
      if (!ids.includes(id)) this.#byPrefix.set(prefix, [...ids.slice(-50), id]);
    }
    for (const [, link = ""] of text.matchAll(/"url":"(https?:[^"]+\/v1\/files\/[^"]+)"/g)) {
      if (this.#links.length < 50) this.#links.push(new URL(link));
    }
  }

  of(prefix: string): readonly string[] {
    return this.#byPrefix.get(prefix) ?? [];
  }

  get links(): readonly URL[] {
    return this.#links;
  }
}

interface Building extends FuzzOptions {
  readonly random: () => number;
  readonly known: KnownIds;
}

const oddParameters = [
  "",
  "x",
  "-1",
  "0",
  "101",
  "99999999999999999999",
  "a".repeat(3_000),
  "😀",
  "%",
  "../..",
  "'",
  "null",
];
const idPrefixes: { readonly [resource: string]: string } = {
  jobs: "job",
  keys: "key",
  accounts: "acc",
  "webhook-endpoints": "whe",
  deliveries: "msg",
  files: "file",
  adapters: "lora",
  images: "img",
  prompts: "prompt",
  uploads: "upload",
  batches: "batch",
  runs: "run",
};

interface Place {
  readonly path: string;
  /** In lower case. */
  readonly method: string;
  readonly operation: Operation;
}

function buildRequest(
  { path, method: name, operation }: Place,
  { document, random, known, hints, hintsAt, authorizations }: Building,
): { readonly request: FuzzRequest /** What was sent, where it is JSON. */; readonly body: unknown } {
  const method = name.toUpperCase();
  const context: ValueContext = { random, hints, resolve: (ref) => at(document, ref) };
  const headers: { [name: string]: string } = {};
  const authorization =
    random() < 0.05 ? pick(["", "Bearer", "Bearer x", "Key \u00ff"], random) : pick(authorizations, random);
  if (authorization !== "") headers.authorization = authorization;
  const query = new URLSearchParams();
  let filled = path;
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in === "path")
      filled = filled.replace(`{${parameter.name}}`, pathValue(path, parameter, { random, known, hints }));
    else if (parameter.required === true ? random() < 0.95 : random() < 0.3) {
      const value = random() < 0.2 ? pick(oddParameters, random) : valueFor(parameter.schema, context, parameter.name);
      if (parameter.in === "header") headers[parameter.name.toLowerCase()] = latin(String(value));
      else if (typeof value === "object" && value !== null) {
        for (const [key, member] of Object.entries(value)) query.append(`${parameter.name}[${key}]`, String(member));
      } else query.append(parameter.name, String(value));
    }
  }
  if (random() < 0.03) query.append("extra", "1");
  const link = known.links.length > 0 && path === "/v1/files/{key}/content" && random() < 0.7;
  const search = query.size > 0 ? `?${query}` : "";
  const address = link ? linkPath(pick(known.links, random), random) : `${filled}${search}`;
  const bodyContext: ValueContext = { ...context, hints: { ...hints, ...hintsAt?.(address) } };
  const form = operation.requestBody?.content["multipart/form-data"]?.schema;
  if (form !== undefined) {
    headers["content-type"] = random() < 0.05 ? "application/json" : `multipart/form-data; boundary=${boundary}`;
    return { request: { method, path: address, headers, body: formOf(form, bodyContext) }, body: undefined };
  }
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return { request: { method, path: address, headers }, body: undefined };
  if (operation.requestBody?.required !== true && random() < 0.3) {
    return { request: { method, path: address, headers }, body: undefined };
  }
  headers["content-type"] = random() < 0.02 ? pick(["text/plain", "application/xml", ";"], random) : "application/json";
  const right = valueFor(schema, bodyContext);
  const body = random() < 0.5 ? right : disturb(right, random);
  const text = JSON.stringify(body);
  const sent = random() < 0.02 ? text.slice(0, Math.floor(random() * text.length)) : text;
  return {
    request: { method, path: address, headers, body: sent },
    body: sent === text ? JSON.parse(text) : undefined,
  };
}

const boundary = "part";

/**
 * A form: each part that the schema has, most of the time; what is binary there is a small file, a byte a character.
 */
function formOf(schema: Schema, context: ValueContext): Uint8Array<ArrayBuffer> {
  const parts = Object.entries((schema.properties ?? {}) as { [name: string]: Schema })
    .filter(() => context.random() < 0.4)
    .map(([name, part]) => {
      const isFile = part.format === "binary" && context.random() < 0.9;
      const file = isFile ? pick(context.hints.binary ?? ["some bytes"], context.random) : undefined;
      const value = String(file ?? valueFor({ type: "string" }, context, name));
      const type = isFile ? '; filename="a.txt"\r\nContent-Type: text/plain' : "";
      return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${type}\r\n\r\n${value}\r\n`;
    });
  return Buffer.from(`${parts.join("")}--${boundary}--\r\n`, "latin1");
}

function pathValue(
  path: string,
  { name, schema }: Parameter,
  { random, known, hints }: Pick<Building, "random" | "known" | "hints">,
) {
  const resource = path.split(`/{${name}}`)[0]?.split("/").at(-1) ?? "";
  const ids = known.of(idPrefixes[resource] ?? "");
  const choices = hints[`${resource}.${name}`] ?? ids;
  if (choices.length > 0 && random() < 0.85) return encodeURIComponent(String(pick(choices, random)));
  const odd = [...oddParameters.slice(1), `${idPrefixes[resource] ?? "x"}_${"0".repeat(26)}`, "%00", "%ff", "default"];
  const value = pick(odd, random);
  return value.startsWith("%") && value.length === 3 ? value : encodeURIComponent(value || String(schema.type));
}

/** A result link as it was given, or with its signature spoilt. */
function linkPath({ pathname, searchParams }: URL, random: () => number): string {
  const query = new URLSearchParams(searchParams);
  if (random() < 0.3) query.set(pick([...query.keys()], random), pick(["0", "x", "99999999999"], random));
  return `${pathname}?${query}`;
}

/** Header values are Latin-1 without line ends. */
function latin(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, "?").trim();
}

function at(document: unknown, ref: string): Schema {
  const path = ref.replace(/^#\//, "").split("/");
  return path.reduce<unknown>((node, name) => (node as Schema)[name], document) as Schema;
}

type Check = (pointer: readonly string[]) => ValidateFunction;

function createChecks(document: OpenapiDocument): Check {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(document, "openapi.json");
  const compiled = new Map<string, ValidateFunction>();
  return (pointer) => {
    const path = pointer.map((name) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    const found = compiled.get(path) ?? ajv.compile({ $ref: `openapi.json#/${path}` });
    compiled.set(path, found);
    return found;
  };
}

interface Answered {
  readonly response: Response;
  readonly text: string;
  readonly body: unknown;
}

/** The response's violation, if any. */
function judge({ path, method, operation }: Place, { response, text, body }: Answered, check: Check) {
  const { status } = response;
  if (status >= 500) return "an answer of 500 or more";
  const described = operation.responses[status];
  if (described === undefined) return `the document has no ${status} for ${operation.operationId}`;
  const place = ["paths", path, method];
  if (status < 300 && body !== undefined && operation.requestBody !== undefined) {
    const valid = check([...place, "requestBody", "content", "application/json", "schema"]);
    if (!valid(body)) return `accepted what the document refuses: ${errorsOf(valid)}`;
  }
  const { content } = described;
  if (content === undefined) return text === "" ? undefined : `the document has no body for ${status}`;
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const documentedType = Object.keys(content).find((name) => name === type || name === "*/*");
  if (documentedType === undefined) return `the document has no ${type || "answer without a media type"} for ${status}`;
  if (!/json$/.test(documentedType)) return undefined;
  const valid = check([...place, "responses", String(status), "content", documentedType, "schema"]);
  return valid(JSON.parse(text)) ? undefined : `the body is off its schema: ${errorsOf(valid)}`;
}

function errorsOf({ errors }: ValidateFunction): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ");
}
