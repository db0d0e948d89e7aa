import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "../../weights/formats/write-safetensors.ts";
import { readLatents } from "./latents-file.ts";

const folder = mkdtempSync(join(tmpdir(), "latents-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "start.safetensors");
writeFileSync(
  path,
  encodeSafetensors({
    latents_init: float32Tensor([1, 1, 2, 1, 1], [1, 2]),
    other: float32Tensor([2, 1, 1], [3, 4]),
    batch: float32Tensor([2, 2, 1, 1], [5, 6, 7, 8]),
  }),
);

it("reads the usual tensor, or the one that is named", () => {
  expect([...readLatents(path)]).toEqual([1, 2]);
  expect([...readLatents(`${path}:other`)]).toEqual([3, 4]);
});

it("names the tensors that are there in place of a missing one", () => {
  expect(() => readLatents(`${path}:x`)).toThrow("expected a tensor x, found latents_init, other, batch");
});

it("refuses the latents of several images", () => {
  expect(() => readLatents(`${path}:batch`)).toThrow(
    "batch must hold the latents of one image, [16, h, w], got [2,2,1,1]",
  );
});
