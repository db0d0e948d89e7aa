import { z } from "zod";

/** One setting of a deployment: what it accepts, its default, and the reason for that default. */
export interface Setting<T> {
  readonly accepts: z.ZodType<T>;
  readonly default: T;
  readonly means: string;
  readonly because: string;
}

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
export const flag = z.union([
  z.boolean(),
  z.enum(["true", "false"]).transform((text) => text === "true"),
]) as z.ZodType<boolean>;
export const optionalText = (pattern: RegExp, like: string) =>
  z.string().refine((text) => text === "" || pattern.test(text), `expected something like ${like}`);
/** A secret of Secrets Manager that is there. @param like - a name of one */
export const secretName = (like: string) =>
  optionalText(
    /^(?:[A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6})$/,
    `${like}, or its whole ARN, arn:aws:secretsmanager:eu-central-1:123456789012:secret:${like}-AbCdEf`,
  );
export const list = z.union([
  z.array(z.string().min(1)),
  z.string().transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  ),
]) as z.ZodType<string[]>;

/** Tags as text, `key=value,key=value`; what AWS takes as a tag, without its own prefix. */
export const tagList = z.string().superRefine((text, context) => {
  const pairs = text === "" ? [] : text.split(",");
  // Of the fifty that AWS takes, some are the stack's, and some AWS's own.
  if (pairs.length > 40) context.addIssue(`expected at most 40 tags, got ${pairs.length}`);
  for (const pair of pairs) {
    if (!/^(?!aws:)[\w.:/+@ -]{1,128}=[\w.:/=+@ -]{0,256}$/i.test(pair)) {
      context.addIssue(`expected KEY=VALUE pairs separated by commas, got ${JSON.stringify(pair)}`);
    }
  }
});

/** The tags of such a text. */
export function readTags(text: string): { readonly [key: string]: string } {
  const pairs = text === "" ? [] : text.split(",");
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

export function setting<T>(accepts: z.ZodType<T>, fallback: T, means: string, because: string): Setting<T> {
  return { accepts, default: fallback, means, because };
}
