import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chineseSentences } from "./chinese-sentences.ts";

const root = join(import.meta.dirname, "../../..");
/** Where the errors of the native API are made. */
const rooms = [
  "functions/api",
  "functions/runs",
  ...["access", "adapters", "jobs", "money", "net", "request"].map((room) => `shared/${room}`),
];
/** Codes that no client of the native API meets, or that are about settings. */
const elsewhere = new Set(["api_key_invalid", "invalid_config", "worker_lost", "paused_by_caller", "invalid_api_key"]);

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("dialects"))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));
}

it("says every code of the native API in Chinese", () => {
  const made = /new \w{0,30}Error\(\s{0,20}(?:\d{3}, ?)?"([a-z]+(?:_[a-z]+)+)"|code: "([a-z]+(?:_[a-z]+)+)"/g;
  const codes = new Set(rooms.flatMap(sources).flatMap((text) => [...text.matchAll(made)].map(([, a, b]) => a ?? b!)));
  expect(codes.size).toBeGreaterThan(60);
  // `readRun` puts these together.
  for (const noun of ["run", "batch"]) codes.add(`${noun}_not_found`);
  expect([...codes].filter((code) => !elsewhere.has(code) && !Object.hasOwn(chineseSentences, code))).toEqual([]);
});

it("begins each sentence in Chinese or with the field's name", () => {
  for (const [code, sentence] of Object.entries(chineseSentences)) {
    expect(sentence, code).toMatch(/^[\p{Script=Han}{]|^(?:webhook|LoRA)/u);
  }
});
