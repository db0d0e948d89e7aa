import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { encodeSafetensors } from "../../weights/formats/write-safetensors.ts";
import { type ComparedTensor, Comparison } from "./comparison.ts";
import { openGoldenCase } from "./golden-case.ts";

it("agrees within the tolerance and differs past it", async () => {
  const { comparison, lines } = await comparisonOf({ a: [1, 2], b: [3, 4] });
  comparison.tensor("a", { data: [1, 2.00005], shape: [2] });
  comparison.tensor("b", { data: [3, 4.0002], shape: [2] });
  expect(lines.map(({ ok }) => ok)).toEqual([true, false]);
  expect(lines[1]).toMatchObject({ tensor: "b", tolerance: 1e-4 });
  expect(lines[1]!.maxAbsDiff).toBeCloseTo(2e-4, 6);
  expect(comparison.finish()).toBe(false);
});

it.each([
  ["NaN", [1, Number.NaN], [2]],
  ["infinity", [1, Number.POSITIVE_INFINITY], [2]],
  ["another length", [1], [1]],
  ["more values", [1, 2, 3], [3]],
  ["another shape", [1, 2], [2, 2]],
])("differs for %s", async (_, data, shape) => {
  const { comparison, lines } = await comparisonOf({ a: [1, 2] });
  comparison.tensor("a", { data, shape });
  expect(lines).toMatchObject([{ tensor: "a", maxAbsDiff: null, ok: false }]);
  expect(comparison.finish()).toBe(false);
});

it("measures against the largest value, and counts what it leaves out", async () => {
  const { comparison, lines } = await comparisonOf({ a: [200, 1, 1], b: [0, 0, 0], c: [200, 1, 1] });
  comparison.relative("a", { data: [200, 1.01, 1], shape: [3] });
  comparison.relative("a", { data: [200, 1.03, 1], shape: [3] });
  comparison.relative("b", { data: [0, 1e-11, 0], shape: [3] });
  comparison.relative("c", { data: [200, 7, 1], shape: [3] }, (i) => i === 1);
  comparison.relative("c", { data: [200, Number.NaN, 1], shape: [3] }, (i) => i === 1);
  expect(lines.map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
  expect(lines[3]).toMatchObject({ tolerance: 0.02, undecided: 1 });
});

it("fails a case of which a tensor was overlooked, or in which nothing was compared", async () => {
  const overlooked = await comparisonOf({ a: [1], b: [2] });
  overlooked.comparison.tensor("a", { data: [1], shape: [1] });
  expect(overlooked.comparison.finish()).toBe(false);
  expect(overlooked.lines[1]).toMatchObject({ tensor: "b", ok: false, problem: "not computed by the replay" });

  const idle = await comparisonOf({ a: [1] });
  idle.comparison.inputs("a");
  expect(idle.comparison.finish()).toBe(false);
});

it("fails a case that lacks a tensor which the run gives", async () => {
  const { comparison, lines } = await comparisonOf({ a: [1] });
  comparison.tensor("a", { data: [1], shape: [1] });
  comparison.tensor("b", { data: [1], shape: [1] });
  expect(lines[1]).toMatchObject({ tensor: "b", ok: false, problem: "the case lacks this tensor" });
  expect(comparison.finish()).toBe(false);
});

it("looks past the rows that fill a batch", async () => {
  const { comparison, lines } = await comparisonOf({ a: [1, 2, 3, 9] }, [2, 2, 1]);
  const items = [
    { data: new Float32Array([1, 2]), shape: [2, 1] },
    { data: new Float32Array([3]), shape: [1, 1] },
  ];
  comparison.paddedRows("a", items);
  comparison.paddedRows("a", [items[0]!, { data: new Float32Array([4]), shape: [1, 1] }]);
  comparison.paddedRows("a", items.slice(1));
  expect(lines.map(({ ok }) => ok)).toEqual([true, false, false]);
});

async function comparisonOf(tensors: Record<string, number[]>, shape?: number[]) {
  const dir = await mkdtemp(join(tmpdir(), "case-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const entries = Object.entries(tensors).map(([name, values]) => {
    const bytes = new Uint8Array(new Float32Array(values).buffer);
    return [name, { dtype: "F32" as const, shape: shape ?? [values.length], bytes }] as const;
  });
  await writeFile(join(dir, "tensors.safetensors"), encodeSafetensors(Object.fromEntries(entries)));
  const about = Object.fromEntries(entries.map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
  const manifest = { format: 1, case: "made up", kind: "vae", checkpoint: null, inputs: {}, tensors: about };
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
  const lines: ComparedTensor[] = [];
  return { lines, comparison: new Comparison(await openGoldenCase(dir), (line) => lines.push(line)) };
}
