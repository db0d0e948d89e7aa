import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import { readLoraScaling } from "./lora-scaling.ts";

const target = "layers.0.attention.to_out.0";
const scaling = (settings: object | string) =>
  readLoraScaling(
    storedTensors({}, { lora_adapter_metadata: typeof settings === "string" ? settings : JSON.stringify(settings) }),
  );
const scaleWith = (settings: object) => scaling(settings).scaleOf(target, 4, undefined);

it.each([
  ["alpha", { "transformer.r": 4, "transformer.lora_alpha": 12 }, 3],
  ["alpha without a prefix", { lora_alpha: 12 }, 3],
  ["rank-stabilised", { "transformer.lora_alpha": 12, "transformer.use_rslora": true }, 6],
  ["a pattern with the whole name", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { [target]: 8 } }, 2],
  ["a pattern with its end", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { "to_out.0": 16 } }, 4],
  ["an anchored pattern", { "transformer.alpha_pattern": { "^layers\\.0\\.attention\\.to_out\\.0": 8 } }, 2],
  ["an expression", { "transformer.alpha_pattern": { "layers\\.\\d+\\.(attention|mlp)\\..*0": 8 } }, 2],
  ["a pattern for others", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { out: 8 } }, 1],
  ["nothing", {}, 1],
])("follows PEFT's settings: %s", (_, settings, scale) => {
  expect(scaleWith(settings)).toBe(scale);
});

it("puts the alpha of a tensor before all settings", () => {
  expect(scaling({ lora_alpha: 12, use_rslora: true }).scaleOf(target, 4, 2)).toBe(0.5);
});

it("knows whether the layers have magnitudes", () => {
  expect(scaling({ "transformer.use_dora": true }).usesDora).toBe(true);
  expect(scaling({}).usesDora).toBe(false);
});

it("follows adapter_config.json beside PEFT's own file alone", () => {
  const beside = (name: string) => {
    const file = storedTensors({}, undefined, name);
    const config = '{"peft_type":"LORA","r":4,"lora_alpha":8,"use_rslora":true}';
    writeFileSync(join(dirname(file.path), "adapter_config.json"), config);
    return readLoraScaling(file).scaleOf(target, 4, undefined);
  };
  expect(beside("adapter_model.safetensors")).toBe(4);
  expect(beside("my-lora.safetensors")).toBe(1);
});

it.each([
  "(a+)+$",
  "((a)|b)*",
  ".*.*.*.*x",
  `${"a".repeat(300)}*`,
])("refuses the pattern %j, which could take for ever", (key) => {
  expect(() => scaling({ "transformer.alpha_pattern": { [key]: 1 } })).toThrow("too involved");
});

it.each([
  ["text that is no JSON", "{", "model.safetensors: lora_adapter_metadata is not JSON"],
  ["a list", "null", "lora_adapter_metadata must be a JSON object"],
  ["an alpha that is no number", '{"transformer.lora_alpha":"four"}', "lora_adapter_metadata: lora_alpha: "],
])("refuses %s", (_, text, message) => {
  expect(() => scaling(text)).toThrow(InvalidFileError);
  expect(() => scaling(text)).toThrow(message);
});

it("refuses more patterns than a model has layers", () => {
  const patterns = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`l${i}`, 1]));
  expect(() => scaling({ alpha_pattern: patterns })).toThrow("at most 10000 entries, got 10001");
});
