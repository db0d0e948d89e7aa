import { expect, it } from "vitest";
import { repeatedError } from "./breaker.ts";

const repeat = (code: string, times: number) => Array.from({ length: times }, () => code);

it.each([
  [[...repeat("", 15), ...repeat("engine_failed", 5)], 20, "engine_failed"],
  [[...repeat("", 15), ...repeat("engine_failed", 4)], 19, undefined],
  [[...repeat("", 30), ...repeat("engine_failed", 9)], 39, undefined],
  [[...repeat("", 90), ...repeat("engine_failed", 10)], 5_000, "engine_failed"],
  [repeat("content_policy", 20), 20, undefined],
  [repeat("template_value_missing", 20), 20, undefined],
  [repeat("sku_missing", 20), 20, undefined],
  [["a", "b", "c", "d", "e"], 5, undefined],
])("of %j after %d: %s", (outcomes, settled, code) => {
  expect(repeatedError(outcomes, settled)).toBe(code);
});
