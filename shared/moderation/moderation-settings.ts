import { readFileSync } from "node:fs";
import * as z from "zod";
import { environment } from "../environment.ts";
import { InvalidFileError } from "../errors.ts";
import { maxUrlCharacters } from "../limits.ts";
import { type BlockList, blockListSchema } from "./block-list.ts";
import builtIn from "./built-in-lists.json" with { type: "json" };

const hookSchema = z.strictObject({
  /** The operator's own: any network may be named. */
  url: z.url({ protocol: /^https?$/ }).max(maxUrlCharacters),
  model: z.string().min(1).max(100).optional(),
  timeoutMs: z.int().min(50).max(30_000).default(3_000),
  /** What becomes of a request that the hook does not judge. */
  onFailure: z.enum(["allow", "refuse"]).default("refuse"),
});

const settingsSchema = z.strictObject({
  /** The list that every deployment has unless it says no. */
  builtIn: z.boolean().default(true),
  people: z.boolean().default(false),
  brands: z.boolean().default(false),
  blockList: blockListSchema.default([]),
  /** Asked about prompts, before money is held. */
  text: hookSchema.optional(),
  /** Asked about images, before they are stored. */
  image: hookSchema.optional(),
  /** Path of the JSON beside an ONNX classifier of images. */
  classifier: z.string().min(1).max(1_000).optional(),
});

export type HookSettings = z.infer<typeof hookSchema> & {
  /** Sent as a bearer token. */
  readonly key?: string | undefined;
  /** Name of the secret that holds it, in place of `key`. */
  readonly keySecret?: string | undefined;
};

/** The rules of a deployment. */
export interface ModerationSettings {
  /** Built-in lists that are switched on, and the deployer's own. */
  readonly blockList: BlockList;
  readonly text?: HookSettings | undefined;
  readonly image?: HookSettings | undefined;
  readonly classifier?: string | undefined;
}

const lists = z.record(z.enum(["always", "people", "brands"]), blockListSchema).parse(builtIn);

/** The rules of a deployment that sets none: the built-in list alone. */
export const defaultModeration: ModerationSettings = { blockList: lists.always };

/**
 * The rules that `MODERATION` names: the path of a JSON file, or the JSON itself, which is what a function has in place
 * of a file. `MODERATION_KEY` is the key of the hooks.
 * @throws InvalidFileError naming the file and what is wrong in it
 */
export function readModeration(env: Readonly<Record<string, string | undefined>>): ModerationSettings {
  const text = env[environment.moderation]?.trim() ?? "";
  if (text === "") return defaultModeration;
  const isJson = text.startsWith("{");
  const name = isJson ? environment.moderation : `${environment.moderation}=${text}`;
  const json = readJson(isJson ? text : readText(text, name), name);
  const { data, error } = settingsSchema.safeParse(json);
  if (data === undefined) {
    const [issue] = error!.issues;
    const at = issue?.path.join(".") || "the rules";
    throw new InvalidFileError(`${name}: ${at} ${issue?.message ?? "is wrong"}${receivedAt(json, issue?.path ?? [])}`);
  }
  const key = env[environment.moderationKey] || undefined;
  const keySecret = env[environment.moderationKeySecret] || undefined;
  const blockList = [
    ...(data.builtIn ? lists.always : []),
    ...(data.people ? lists.people : []),
    ...(data.brands ? lists.brands : []),
    ...data.blockList,
  ];
  return {
    blockList,
    text: data.text && { ...data.text, key, keySecret },
    image: data.image && { ...data.image, key, keySecret },
    classifier: data.classifier,
  };
}

/** The value there, as the end of a sentence; nothing for what is long or absent. */
function receivedAt(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const key of path) value = (value as { readonly [key: PropertyKey]: unknown } | undefined)?.[key];
  const text = value === undefined || path.length === 0 ? "" : JSON.stringify(value);
  return text === "" || text.length > 100 ? "" : `, got ${text}`;
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidFileError(`${name}: the file of rules cannot be read: ${reason}`, { cause });
  }
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidFileError(`${name}: the rules are not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
