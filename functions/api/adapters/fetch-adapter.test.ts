import { expect, it } from "vitest";
import type { guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { adapterAddress } from "./fetch-adapter.ts";

const listing = (...files: string[]): typeof guardedFetch => {
  const body = Buffer.from(JSON.stringify({ siblings: files.map((rfilename) => ({ rfilename })) }));
  return async () => ({ status: 200, headers: {}, body, truncated: false });
};
const addressOf = (text: string, fetchPart: typeof guardedFetch) =>
  adapterAddress(
    text,
    { accountId: "acc_1", param: "loras.0" },
    { localMode: false, budget: createRequestBudget({ clock: systemClock }), fetchPart },
  );

it.each([
  [["README.md", "ink style.safetensors"], "ink%20style.safetensors"],
  [["a.safetensors", "pytorch_lora_weights.safetensors"], "pytorch_lora_weights.safetensors"],
  [["a.safetensors", "sub/adapter_model.safetensors"], "sub/adapter_model.safetensors"],
])("takes the LoRA file of a repository with %j", async (files, path) => {
  const address = await addressOf("https://huggingface.co/someone/ink", listing(...files));
  expect(address).toBe(`https://huggingface.co/someone/ink/resolve/main/${path}`);
});

it("asks which, where a repository has several", async () => {
  const asking = addressOf("https://huggingface.co/someone/ink", listing("a.safetensors", "b.safetensors"));
  await expect(asking).rejects.toThrow("give the address of one of: a.safetensors, b.safetensors");
  await expect(addressOf("https://huggingface.co/someone/ink", listing())).rejects.toThrow("one of: none");
});

it.each([
  "https://huggingface.co/someone/ink/",
  "https://hf.co/someone/ink",
  "https://huggingface.co/someone/ink/tree/main",
])("takes %s for a repository", async (address) => {
  const found = await addressOf(address, listing("ink.safetensors"));
  expect(found).toBe("https://huggingface.co/someone/ink/resolve/main/ink.safetensors");
});

it("turns the page of a file into the file, and leaves other addresses alone", async () => {
  const page = "https://huggingface.co/someone/ink/blob/main/a.safetensors";
  expect(await addressOf(page, listing())).toBe("https://huggingface.co/someone/ink/resolve/main/a.safetensors");
  const other = "https://civitai.com/api/download/models/1";
  expect(await addressOf(other, listing())).toBe(other);
});
