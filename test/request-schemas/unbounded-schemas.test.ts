import { glob, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { unboundedSchemas } from "./unbounded-schemas.ts";

const root = resolve(import.meta.dirname, "../..");

/** Schemas of what we send, not of what we are sent. */
const responses = /(?:-responses|response-schemas|upload-schemas|batch-schemas)\.ts$|\/openapi\//;

it.each([
  ["z.string()", "z.string() without max"],
  ["z.string().min(1).optional()", "z.string() without max"],
  ["z.number().min(0)", "z.number() without max"],
  ["z.number().max(4)", "z.number() without min"],
  ["z.array(z.string().max(4)).min(1)", "z.array() without max"],
  ["z.strictObject({ a: z.object({ b: z.array(z.unknown()).nullish() }) })", "z.array() without max"],
  ["z.union([z.string(), z.int()])", "z.string() without max"],
])("finds %s", (code, complaint) => {
  expect(unboundedSchemas("a.ts", `\nconst x = ${code};`)).toEqual([`a.ts:2: ${complaint}`]);
});

it.each([
  "z.string().max(4).nullish()",
  "z.string().regex(/^a$/)",
  "z.array(z.string().max(4)).min(1).max(2)",
  "z.number().min(0).max(1).describe('x')",
  "z.record(z.string(), z.unknown())",
  "z.int()",
  "z.enum(['a'])",
])("takes %s", (code) => {
  expect(unboundedSchemas("a.ts", `const x = ${code};`)).toEqual([]);
});

it("finds no text, number or list without a bound in what routes, dialects, tools and batches take", async () => {
  const found: string[] = [];
  let files = 0;
  for await (const file of glob(
    "{functions/api,functions/runs,functions/catalogue,shared/request,shared/webhooks,shared/access}/**/*.ts",
    { cwd: root },
  )) {
    if (file.endsWith(".test.ts") || responses.test(file.replaceAll("\\", "/"))) continue;
    files++;
    found.push(...unboundedSchemas(file, await readFile(join(root, file), "utf8")));
  }
  expect(files).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
