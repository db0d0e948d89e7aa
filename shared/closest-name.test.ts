import { expect, it } from "vitest";
import { closestName } from "./closest-name.ts";

it.each([
  ["titel", ["sku", "title", "color"], "title"],
  ["colour", ["sku", "title", "color"], "color"],
  ["TITLE", ["title"], "title"],
  ["option_1_value", ["option1_value", "option2_value"], "option1_value"],
  ["标提", ["标题", "颜色"], undefined],
  ["surface", ["sku", "title"], undefined],
])("takes %s of %j for %s", (meant, known, closest) => {
  expect(closestName(meant, known)).toBe(closest);
});
