import { join } from "node:path";
import { synthesizeVariant } from "./synthesize-variant.ts";
import { variants } from "./variants.ts";

/**
 * `node infra/variants/main.ts FOLDER`: writes the templates of every variant there and prints their paths, a line
 * each, for linters. Fails where cdk-nag finds something.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("expected a folder to write to");
for (const { name, context } of variants) {
  const { templateFiles } = synthesizeVariant(context, join(folder, name.replaceAll(/\W+/g, "-")));
  for (const file of templateFiles) process.stdout.write(`${file}\n`);
}
