import { expect, it } from "vitest";
import { readHeader } from "../../../shared/adapters/read-header.ts";
import { peftConfigAddress, withPeftSettings } from "./peft-settings.ts";

function file(metadata?: Record<string, string>): Uint8Array {
  const tensor = { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] };
  const header = Buffer.from(
    JSON.stringify({ ...(metadata && { __metadata__: metadata }), "a.lora_A.weight": tensor }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.of(1, 2, 3, 4)]);
}

it("looks for PEFT's settings beside PEFT's file alone", () => {
  expect(peftConfigAddress("https://hf.co/a/b/resolve/main/sub/adapter_model.safetensors?token=x")).toBe(
    "https://hf.co/a/b/resolve/main/sub/adapter_config.json?token=x",
  );
  expect(peftConfigAddress("https://hf.co/a/b/resolve/main/ink.safetensors")).toBeUndefined();
  expect(peftConfigAddress("no address")).toBeUndefined();
});

it.each([
  undefined,
  { format: "pt" },
])("puts them into the file's metadata, beside %j, and leaves its values", (metadata) => {
  const config = { peft_type: "LORA", r: 4, lora_alpha: 8, use_rslora: true, alpha_pattern: { to_q: 2 }, bias: "none" };
  const changed = withPeftSettings(file(metadata), JSON.stringify(config));
  const header = readHeader(changed)!;
  expect(JSON.parse(header.metadata.get("lora_adapter_metadata")!)).toEqual({
    r: 4,
    lora_alpha: 8,
    use_rslora: true,
    alpha_pattern: { to_q: 2 },
  });
  expect(header.metadata.get("format")).toBe(metadata?.format);
  expect(header.fileBytes).toBe(changed.length);
  expect([...changed.subarray(-4)]).toEqual([1, 2, 3, 4]);
});

it.each([
  ["settings of its own", file({ lora_adapter_metadata: "{}" }), '{"lora_alpha":2}'],
  ["settings that are no JSON", file(), "{"],
  ["settings that are no object", file(), "null"],
  ["settings that say nothing of it", file(), '{"bias":"none","lora_alpha":null}'],
  ["bytes that are no file", Buffer.from("<html>"), '{"lora_alpha":2}'],
])("leaves a file with %s as it is", (_, bytes, config) => {
  expect(withPeftSettings(bytes, config)).toBe(bytes);
});
