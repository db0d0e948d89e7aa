import { glob, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { slowRegularExpressions } from "./slow-regular-expressions.ts";

/**
 * A part of `npm run check`: exit status 1 when a regular expression of the product could be made slow by its input.
 */
const root = resolve(import.meta.dirname, "../..");
const complaints: string[] = [];
let files = 0;
for await (const file of glob("{functions,shared,gpu-worker,sdk,local,page}/**/*.{ts,tsx,mjs,js}", { cwd: root })) {
  if (/(?:^|\/)(?:node_modules|dist)\//.test(file) || /\.test\.tsx?$/.test(file)) continue;
  files++;
  complaints.push(...slowRegularExpressions(file.replaceAll("\\", "/"), await readFile(join(root, file), "utf8")));
}
if (files === 0) complaints.push("no file was found: run this in the repository");
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
