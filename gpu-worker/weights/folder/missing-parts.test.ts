import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { missingAround, noModelIn } from "./missing-parts.ts";

it("tells a place that is not there from one without a transformer, and how to get a model", () => {
  expect(noModelIn("/absent", []).message).toMatch(/^there is no \/absent\. Expected .*models -- pull z-image-turbo$/);
  const root = temporaryFolder();
  expect(noModelIn(root, []).message).toMatch(/ has no transformer of Z-Image\. Expected the Hugging Face layout/);
});

it("says what it passed by, five at most", () => {
  const root = temporaryFolder();
  expect(noModelIn(root, ["a is a LoRA", "b is a VAE"]).message).toContain(
    "; passed by: a is a LoRA; b is a VAE. Expected",
  );
  const seven = Array.from({ length: 7 }, (_, i) => `file ${i}`);
  expect(noModelIn(root, seven).message).toContain("file 3; file 4; and 2 more. Expected");
});

it("names the files that are missing around a transformer, and only what to do about those", () => {
  const parts = { transformer: "/m/t.safetensors", textEncoder: "/m/te", vae: "/m/vae", tokenizer: "/m/tokenizer" };
  const { message } = missingAround(parts, [join("/m/vae", "config.json")], []);
  expect(message).toMatch(
    /^\/m\/t\.safetensors is a transformer alone; missing beside it: \/m\/vae\/config\.json\. Expected ae/,
  );
  expect(message).not.toContain("--text-encoder");
  const both = missingAround(parts, ["/m/te/config.json", "/m/tokenizer/tokenizer.json"], ["x is no model"]).message;
  expect(both).toContain("; passed by: x is no model. Expected a Qwen3-4B file");
  expect(both).toContain("--only tokenizer");
  expect(both).not.toContain("--vae");
});
