/**
 * JSON values from a JSON schema, for tests: right ones, and right ones with one thing made wrong. Decided by `random`
 * alone.
 */

export type Schema = { readonly [keyword: string]: unknown };
type Random = () => number;

export interface ValueContext {
  readonly random: Random;
  /** The schema behind a `$ref`. */
  readonly resolve: (ref: string) => Schema;
  /** Values for a member of this name, where a schema says too little for a meaningful one. */
  readonly hints: { readonly [name: string]: readonly unknown[] };
}

/** Most members a generated map or list has beyond what its schema demands. */
const spread = 3;
const mostCharacters = 40;

/** Texts of every form that the API's patterns ask for; the ones that a pattern allows are chosen from. */
const texts = [
  "64x64",
  "128x64",
  "16:9",
  "1:1",
  "auto",
  "7",
  "1",
  "20",
  "a",
  "lora-1",
  "key_1",
  "whe_1",
  "*",
  "jobs:read",
  "2026-01-31T12:00:00Z",
  "2026-01-31T12:00:00.000Z",
  "2026-01-31",
  "metadata.sku",
  "example.com",
  "127.0.0.1",
];
const letters = ["a", "Z", "9", " ", "-", "_", ".", "/", "%", "红", "狐", "é", "😀", "\n", '"', "\\", "<", "\u202e"];

export function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random() * choices.length)]!;
}

/** A value that the schema allows, as far as the keywords of this API's document go. */
export function valueFor(schema: Schema, context: ValueContext, name = ""): unknown {
  const { random, resolve, hints } = context;
  const hinted = hints[name];
  if (hinted !== undefined && random() < 0.8) return pick(hinted, random);
  if (typeof schema.$ref === "string") return valueFor(resolve(schema.$ref), context, name);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return pick(schema.enum, random);
  const choices = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (choices !== undefined) return valueFor(pick(choices, random), context, name);
  const type = Array.isArray(schema.type) ? pick(schema.type, random) : schema.type;
  switch (type) {
    case "null":
      return null;
    case "boolean":
      return random() < 0.5;
    case "integer":
    case "number":
      return numberFor(schema, type, random);
    case "string":
      return textFor(schema, random);
    case "array":
      return listOf(schema, context, name);
    case "object":
      return objectFor(schema, context);
    default:
      return pick([1, "x", true, null], random);
  }
}

function numberFor(schema: Schema, type: string, random: Random): number {
  const low = Number(schema.minimum ?? schema.exclusiveMinimum ?? -1000);
  const high = Number(schema.maximum ?? Math.max(low + 1000, 1000));
  const edge = random();
  const isOpen = schema.exclusiveMinimum !== undefined;
  if (edge < 0.15 && !isOpen) return low;
  if (edge < 0.3) return high;
  const value = low + random() * (high - low);
  return type === "integer" ? Math.round(value) : value === low ? high : value;
}

function textFor({ pattern, minLength = 0, maxLength = mostCharacters }: Schema, random: Random): string {
  if (typeof pattern === "string") {
    const allowed = texts.filter((text) => new RegExp(pattern, "u").test(text));
    if (allowed.length > 0) return pick(allowed, random);
  }
  const longest = Math.min(Number(maxLength), mostCharacters);
  const length = Number(minLength) + Math.floor(random() * (longest - Number(minLength) + 1));
  return Array.from({ length }, () => pick(letters, random))
    .join("")
    .slice(0, Number(maxLength))
    .toWellFormed();
}

function listOf({ items = {}, minItems = 0, maxItems = spread }: Schema, context: ValueContext, name: string) {
  const most = Math.min(Number(maxItems), Number(minItems) + spread);
  const length = Number(minItems) + Math.floor(context.random() * (most - Number(minItems) + 1));
  return Array.from({ length }, () => valueFor(items as Schema, context, name));
}

function objectFor(schema: Schema, context: ValueContext): object {
  const { random } = context;
  const required = new Set((schema.required ?? []) as string[]);
  // Few members beside the required ones most of the time: many seldom go together.
  const density = pick([0, 0.08, 0.08, 0.5], random);
  const members = Object.entries((schema.properties ?? {}) as { [name: string]: Schema })
    .filter(([name]) => required.has(name) || random() < density)
    .map(([name, property]) => [name, valueFor(property, context, name)] as const);
  const extra = schema.additionalProperties;
  if (typeof extra === "object" && extra !== null) {
    const names = (schema.propertyNames ?? { type: "string", minLength: 1, maxLength: 12 }) as Schema;
    for (let i = 0; i < random() * spread; i++) {
      const name = textFor(names, random);
      if (name !== "__proto__" && name !== "") members.push([name, valueFor(extra as Schema, context)]);
    }
  }
  return Object.fromEntries(members);
}

/** Values that are seldom what is wanted. */
const oddities: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e21,
  -1e308,
  "",
  " ",
  "x".repeat(20_000),
  "\u0000",
  "\ud800",
  "1",
  [],
  [[]],
  {},
  ...[
    "constructor",
    "../../etc/passwd",
    "{{7*7}}",
    "' OR 1=1 --",
    "64x65",
    "0:0",
    "9999999999",
    "\u202e",
    [null],
    [{}],
  ],
  { a: { b: { c: 1 } } },
  { __proto__: null, toString: 1 },
  2 ** 53,
  -0,
];

/** The value with one member, at any depth, made odd, left out or added. */
export function disturb(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random() < 0.7) {
    const at = Math.floor(random() * value.length);
    return value.with(at, disturb(value[at], random));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return pick(oddities, random);
  const members = Object.entries(value);
  const kind = random();
  if (kind < 0.2 || members.length === 0) {
    const name = pick(["extra", "toString", "Prompt", "", "a.b", "n ", "😀", "x".repeat(300)], random);
    return { ...value, [name]: pick(oddities, random) };
  }
  const at = Math.floor(random() * members.length);
  if (kind < 0.4) return Object.fromEntries(members.toSpliced(at, 1));
  const [name, member] = members[at]!;
  return { ...value, [name]: disturb(member, random) };
}
