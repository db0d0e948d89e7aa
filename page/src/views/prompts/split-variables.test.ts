import { expect, it } from "vitest";
import { splitVariables } from "./split-variables.ts";

it.each([
  ["a fox", [{ text: "a fox" }]],
  ["a {{ colour }} {{物体}}", [{ text: "a " }, { variable: "colour" }, { text: " " }, { variable: "物体" }]],
  ["{{a b}} {a}", [{ text: "{{a b}} {a}" }]],
])("splits %j", (text, pieces) => {
  expect(splitVariables(text)).toEqual(pieces);
});
