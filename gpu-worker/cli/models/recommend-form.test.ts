import { expect, it } from "vitest";
import type { Backend } from "../doctor/examine.ts";
import { recommendForm } from "./recommend-form.ts";

const cpu = (gigabytes: number): Backend => ({
  device: "cpu",
  name: "CPU",
  usable: true,
  memoryBytes: gigabytes * 1e9,
});
const card = (gigabytes: number, usable = true): Backend => ({
  device: "cuda",
  name: "card",
  usable,
  memoryBytes: gigabytes * 1e9,
});

it.each<[string, readonly Backend[], string | undefined]>([
  ["a laptop of 8 GB", [cpu(8)], "gguf-q4"],
  ["a machine of 32 GB", [cpu(32)], "int8-convrot"],
  ["a card of 8 GB", [cpu(64), card(8)], "gguf-q4"],
  ["a card of 12 GB", [cpu(64), card(12)], "gguf-q8"],
  ["a card of 16 GB, which the encoder leaves for the transformer", [cpu(64), card(16)], "published"],
  ["the larger of two cards", [cpu(64), card(8), card(48)], "published"],
  ["a card whose provider is missing", [cpu(32), card(48, false)], "int8-convrot"],
  ["no backend at all", [{ ...cpu(32), usable: false }], undefined],
])("on %s", (_, backends, form) => {
  expect(recommendForm("z-image-turbo", backends)?.form).toBe(form);
});
