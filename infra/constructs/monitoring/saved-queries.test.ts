import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { synthesize } from "../../synthesize.ts";

const root = join(import.meta.dirname, "../../..");

/** All of our code that writes logs on AWS. */
const source = ["functions", "gpu-worker", "shared"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name)),
  )
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

it("asks for messages and fields that the code writes", () => {
  const queries = Object.values(synthesize().Resources).filter(({ Type }) => Type === "AWS::Logs::QueryDefinition");
  expect(queries.length).toBeGreaterThanOrEqual(9);
  for (const { Properties } of queries) {
    const text = String(Properties.QueryString);
    const asked = [...text.matchAll(/message (?:=|in \[)([^\]|\n]*)/g)].flatMap(([, list]) =>
      [...list!.matchAll(/'([^']+)'/g)].map(([, message]) => message!),
    );
    for (const message of asked) if (message !== "delivered") expect(source).toContain(`"${message}"`);
    const fields = [...text.matchAll(/^(?:\| )?fields (.+)$/gm)].flatMap(([, list]) => list!.split(", "));
    for (const field of fields) if (!field.startsWith("@")) expect(source).toMatch(new RegExp(`\\b${field}\\b`));
  }
});
