import { expect, it } from "vitest";
import { optimizerUpdate } from "../../../test/support/engine/optimizer-update.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { gemm } from "../../graph/ops/linear.ts";
import { muon, orthogonalize } from "./muon.ts";

it("Muon mixes momentum in Nesterov's way and scales by the longer side", async () => {
  // Orthogonalizing a single column keeps its direction and makes its length 0.7 to 1.2.
  const [parameter, gradient, momentum] = [
    [1, 1, 1, 1],
    [2, 0, 0, 0],
    [0, 2, 0, 0],
  ];
  const next = await optimizerUpdate(muon(), 7, parameter, gradient, [momentum]);
  expect(next.state[0]!.map((value) => Number(value.toFixed(6)))).toEqual([0.1, 1.9, 0, 0]);
  const change = next.parameter.map((value) => (1 * (1 - 0.01 * 0.01) - value) / (0.01 * 0.2 * 2));
  const nesterov = [2 * 0.05 + 0.1 * 0.95, 1.9 * 0.95];
  expect(change[0]! / change[1]!).toBeCloseTo(nesterov[0]! / nesterov[1]!, 3);
  const length = Math.hypot(...change);
  expect(length).toBeGreaterThan(0.65);
  expect(length).toBeLessThan(1.25);
  expect(change[2]).toBeCloseTo(0, 3);
});

it.each([
  [8, 5],
  [5, 8],
  [6, 6],
])("orthogonalizes a %d × %d matrix", async (rows, columns) => {
  const random = seededRandom(rows);
  const values = Array.from({ length: rows * columns }, () => random() - 0.5);
  const outputs = await runGraph(
    (g) => {
      const y = orthogonalize(g, g.input("x", "float32", [rows, columns]), 5);
      g.output("gram", gemm(g, y, y, rows > columns ? { transA: true } : { transB: true }));
    },
    { x: feed([rows, columns], values) },
  );
  const size = Math.min(rows, columns);
  outputs.gram!.forEach((value, i) => {
    const onDiagonal = Math.floor(i / size) === i % size;
    if (onDiagonal) expect(value).toBeGreaterThan(0.4);
    expect(Math.abs(value)).toBeLessThan(onDiagonal ? 1.5 : 0.5);
  });
});
