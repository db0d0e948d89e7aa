import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { encodeSafetensors } from "../../weights/formats/write-safetensors.ts";
import { type ComparedTensor, Comparison } from "./comparison.ts";
import { openGoldenCase } from "./golden-case.ts";
import { referenceCells, storedImage, storedMask } from "./stored-images.ts";

const folder = mkdtempSync(join(tmpdir(), "stored-images-"));
afterAll(() => rmSync(folder, { recursive: true }));
const image = Uint8Array.from({ length: 2 * 3 * 3 }, (_, at) => at);
const mask = Uint8Array.of(0, 127, 128, 255, 1, 254);
writeFileSync(
  join(folder, "tensors.safetensors"),
  encodeSafetensors({
    image: { dtype: "U8", shape: [2, 3, 3], bytes: image },
    mask: { dtype: "U8", shape: [2, 3], bytes: mask },
  }),
);
const tensors = { image: { dtype: "U8", shape: [2, 3, 3] }, mask: { dtype: "U8", shape: [2, 3] } };
writeFileSync(
  join(folder, "manifest.json"),
  JSON.stringify({ format: 1, case: "images", kind: "test", checkpoint: null, inputs: {}, tensors }),
);
const golden = await openGoldenCase(folder);

it("reads images and two-level masks, and counts them as inputs", () => {
  const lines: ComparedTensor[] = [];
  const comparison = new Comparison(golden, (line) => lines.push(line));
  expect(storedImage(golden, "image", comparison)).toEqual({ data: image, width: 3, height: 2 });
  expect(storedMask(golden, "mask", comparison)).toEqual({
    data: Uint8Array.of(0, 0, 255, 255, 0, 255),
    width: 3,
    height: 2,
  });
  comparison.fact("something", [1], [1]);
  expect(comparison.finish()).toBe(true);
  expect(() => storedImage(golden, "absent", comparison)).toThrow("a case of kind test needs the tensor absent");
});

it("takes the pixel at the top left of each cell of 8", () => {
  const data = new Uint8Array(16 * 24);
  data[8] = 255; // cell 1 of the first row
  data[8 * 24 + 16 + 1] = 255; // not the corner of its cell
  data[8 * 24] = 51; // cell 0 of the second row
  const { data: cells, shape } = referenceCells({ data, width: 24, height: 16 });
  expect(shape).toEqual([2, 3]);
  expect([...cells].map((value) => Math.round(10 * value) / 10)).toEqual([0, 1, 0, 0.2, 0, 0]);
});
