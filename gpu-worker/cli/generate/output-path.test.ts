import { join } from "node:path";
import { expect, it } from "vitest";
import { outputPath } from "./output-path.ts";

it.each([
  ["cat.png", 0, 1, "cat.png"],
  ["cat.png", 0, 2, "cat-1.png"],
  [join("a", "cat.tar.png"), 1, 2, join("a", "cat.tar-2.png")],
  ["cat", 9, 10, "cat-10"],
])("of %s, image %i of %i is %s", (out, index, n, path) => expect(outputPath(out, index, n)).toBe(path));
