import { InvalidInputError } from "../../../shared/errors.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import { parseJsonWithSeeds } from "../../../shared/request/seed.ts";
import { ApiError } from "../problems/api-error.ts";
import { checkText, isStorable } from "./check-text.ts";

const maxDepth = 16;
/** Entries of all its lists and objects together. The largest request that any route takes has some hundred. */
const maxMembers = 20_000;
const smallestNumber = 1e-9;
/** Parsing more than this takes milliseconds. */
const largeBytes = 100_000;

/**
 * The JSON body of a request. Refuses what no route accepts: other media types and encodings, invalid UTF-8, deep
 * nesting, `__proto__` members, text with NUL or lone surrogates (none of them can be stored everywhere, or drawn).
 * @throws ApiError 415 `unsupported_media_type`; InvalidInputError `invalid_json`, `invalid_value`
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  checkMediaType(request.headers);
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length === 0) throw invalidJson("the body is empty; send a JSON object");
  if (bytes.length > largeBytes) await ownTurn();
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidJson("the body is not valid UTF-8", cause);
  }
  assertModest(text);
  let body: unknown;
  try {
    body = parseJsonWithSeeds(text);
  } catch (cause) {
    throw invalidJson(`the body is not valid JSON: ${(cause as Error).message.slice(0, 200)}`, cause);
  }
  checkJsonValue(body);
  return body;
}

/** The same of a body that may be left out, which is then `{}`. */
export async function optionalJsonBody(request: Request): Promise<unknown> {
  return request.headers.get("content-type") === null ? {} : readJsonBody(request);
}

function checkMediaType(headers: Headers): void {
  const [type = "", ...parameters] = (headers.get("content-type") ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice(8)
    .replaceAll('"', "");
  const encoding = headers.get("content-encoding") ?? "identity";
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw unsupported(`expected Content-Type: application/json, got ${type === "" ? "none" : type.slice(0, 60)}`);
  }
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
    throw unsupported(`expected charset utf-8, got ${charset.slice(0, 30)}`);
  }
  if (encoding.toLowerCase() !== "identity")
    throw unsupported(`expected no Content-Encoding, got ${encoding.slice(0, 30)}`);
}

/** Looks at what is outside of strings only, before a parser has to hold what is nested or listed there. */
function assertModest(json: string): void {
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === ",") {
      if (++members >= maxMembers) throw tooMany();
    } else if (c === "{" || c === "[") {
      if (++depth > maxDepth) throw tooDeep();
    } else if (c === "}" || c === "]") depth--;
  }
}

/**
 * The checks of `readJsonBody` for a body that is already parsed, such as a line of a file.
 * @throws InvalidInputError `invalid_json`, `unknown_field`, `invalid_value`
 */
export function checkJsonValue(body: unknown): void {
  checkValue(body, []);
}

/** @param path - names of the fields around it, which are put together only where one is wrong */
function checkValue(value: unknown, path: string[]): void {
  if (typeof value === "string" && !isStorable(value)) checkText(value, paramOf(path));
  if (typeof value === "number" && !isModest(value)) throw tooSmall(value, paramOf(path));
  if (typeof value !== "object" || value === null) return;
  if (path.length >= maxDepth) throw tooDeep();
  const members = value as { readonly [key: string]: unknown };
  for (const key of Object.keys(members)) {
    if (!isStorable(key)) checkText(key, paramOf(path));
    path.push(key);
    if (key === "__proto__") {
      const param = paramOf(path);
      throw new InvalidInputError("unknown_field", `unknown field ${param}`, { param });
    }
    checkValue(members[key], path);
    path.pop();
  }
}

function paramOf(path: readonly string[]): string {
  return path.length === 0 ? "body" : path.join(".");
}

/** A number that is almost 0 is a slip, draws nothing of use, and cannot be stored everywhere. */
function isModest(value: number): boolean {
  return value === 0 || Math.abs(value) >= smallestNumber;
}

function tooSmall(value: number, param: string): InvalidInputError {
  return new InvalidInputError(
    "invalid_value",
    `${param} must be 0 or at least ${smallestNumber} in size, got ${value}`,
    { param },
  );
}

function tooDeep(): InvalidInputError {
  return invalidJson(`the body is nested deeper than ${maxDepth} levels`);
}

function tooMany(): InvalidInputError {
  return invalidJson(`the body has more than ${maxMembers} entries in its lists and objects; send a smaller one`);
}

function invalidJson(message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("invalid_json", message, { param: "body", cause });
}

function unsupported(message: string): ApiError {
  return new ApiError(415, "unsupported_media_type", message, { param: "body" });
}
