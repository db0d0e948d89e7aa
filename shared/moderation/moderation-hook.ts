import * as z from "zod";
import { PipelineError } from "../errors.ts";
import { type GuardedFetchOptions, guardedFetch } from "../net/guarded-fetch.ts";
import type { HookSettings } from "./moderation-settings.ts";

/** What a hook is asked about, in the form of OpenAI's `POST /v1/moderations`. */
export type ModerationInput =
  | string
  | readonly [{ readonly type: "image_url"; readonly image_url: { readonly url: string } }];

/** Scores by category, 0 to 1, and the categories that are flagged. */
export interface HookVerdict {
  readonly flagged: boolean;
  readonly categories: readonly string[];
  readonly scores: { readonly [category: string]: number };
}

const maxCategories = 100;
const name = z.string().min(1).max(100);

const responseSchema = z.object({
  results: z
    .array(
      z.object({
        flagged: z.boolean(),
        categories: z
          .record(name, z.boolean().nullable())
          .refine((each) => Object.keys(each).length <= maxCategories, "has too many categories"),
        category_scores: z.record(name, z.number().nullable()).optional(),
      }),
    )
    .min(1)
    .max(1),
});

/**
 * Asks the deployer's own service for its judgement, in the form of OpenAI's moderation. A response in any other form
 * counts as none: a service that does not say whether it flags has not allowed anything.
 * @throws PipelineError `moderation_unavailable`, retryable
 */
export async function askModerationHook(
  { url, key: given, keySecret, model, timeoutMs }: HookSettings,
  input: ModerationInput,
  { readSecret = readSecretText, ...options }: HookOptions = {},
): Promise<HookVerdict> {
  const unavailable = (why: string, cause?: unknown) =>
    new PipelineError("moderation_unavailable", `the content could not be checked: the moderation service ${why}`, {
      retryable: true,
      cause,
    });
  const key =
    given ??
    (keySecret &&
      (await secretKey(keySecret, readSecret).catch((cause: unknown) => {
        throw unavailable("has a key that cannot be read", cause);
      })));
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
  let response: Awaited<ReturnType<typeof guardedFetch>>;
  try {
    const body = JSON.stringify({ ...(model !== undefined && { model }), input });
    response = await guardedFetch(url, { ...options, method: "POST", headers, body, timeoutMs, isOperators: true });
  } catch (cause) {
    options.signal?.throwIfAborted();
    // The address is the operator's, and nobody else's business.
    throw unavailable(
      cause instanceof PipelineError && cause.code === "webhook_timeout"
        ? `did not respond within ${timeoutMs} ms`
        : "could not be reached",
      cause,
    );
  }
  if (response.status !== 200) throw unavailable(`responded with status ${response.status}`);
  const result = parseResult(response.body);
  if (response.truncated || result === undefined) throw unavailable("gave a response that is no verdict");
  const { flagged, categories, category_scores = {} } = result;
  const named = Object.entries(categories).flatMap(([category, isFlagged]) => (isFlagged ? [category] : []));
  const scores = Object.entries(category_scores).map(([category, score]) => [category, clamped(score ?? 0)] as const);
  return { flagged: flagged || named.length > 0, categories: named, scores: Object.fromEntries(scores) };
}

interface HookOptions extends Pick<GuardedFetchOptions, "signal" | "resolve"> {
  /** Text of a secret, by its name. @default from Secrets Manager */
  readonly readSecret?: (name: string) => Promise<string>;
}

/** A key that was changed is in use after this. */
const secretLifeMs = 600_000;
const keys = new Map<string, { readonly value: string; readonly until: number }>();

async function secretKey(secret: string, read: (name: string) => Promise<string>): Promise<string> {
  const now = performance.now();
  const kept = keys.get(secret);
  if (kept !== undefined && kept.until > now) return kept.value;
  const value = (await read(secret)).trim();
  keys.set(secret, { value, until: now + secretLifeMs });
  return value;
}

/** Loaded by the first request alone: most deployments have no such secret. */
async function readSecretText(secret: string): Promise<string> {
  return (await import("../aws/read-secret-text.ts")).readSecretText(secret);
}

function parseResult(body: Uint8Array) {
  try {
    return responseSchema.safeParse(JSON.parse(Buffer.from(body).toString("utf8"))).data?.results[0];
  } catch {
    return undefined;
  }
}

const clamped = (score: number) => Math.min(1, Math.max(0, score));
