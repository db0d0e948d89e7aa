import { expect, it } from "vitest";
import { fakeComponents } from "../../../test/support/engine/fake-components.ts";
import { PromptEncoder } from "./encode-prompt.ts";

it("encodes a repeated prompt once, and forgets the one unused for longest when the bytes are too many", async () => {
  const { tokenizer, textEncoder, encodedIds } = fakeComponents();
  const encoder = new PromptEncoder(tokenizer, textEncoder, 16);
  for (const prompt of ["a", "b", "a", "c", "a", "b"]) await encoder.encode(prompt, 512);
  const prompts = encodedIds.map((ids) => String.fromCharCode(ids[1]!));
  expect(prompts).toEqual(["a", "b", "c", "b"]);
});

it("keeps different limits apart", async () => {
  const { tokenizer, textEncoder } = fakeComponents();
  const encoder = new PromptEncoder(tokenizer, textEncoder);
  expect((await encoder.encode("abcd", 512)).embeds.shape).toEqual([5, 1]);
  const cut = await encoder.encode("abcd", 3);
  expect(cut.embeds.shape).toEqual([3, 1]);
  expect(cut.tokens).toMatchObject({ tokenCount: 5, truncated: true });
});
