import { expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { hadamard } from "./rotation.ts";

const rotate = (width: number, size: number) => (g: GraphBuilder) =>
  g.output("y", g.rotateGroups(g.input("x", "float32", ["S", width]), size));

it("hadamard(4) is ConvRot's matrix, halved", () => {
  expect([...hadamard(4)].map((value) => 2 * value)).toEqual([1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, 1, 1]);
});

it("hadamard(16) is its Kronecker square", () => {
  const small = hadamard(4);
  const expected = Array.from({ length: 256 }, (_, at) => {
    const [row, column] = [at >> 4, at & 15];
    return small[(row >> 2) * 4 + (column >> 2)]! * small[(row & 3) * 4 + (column & 3)]!;
  });
  expect([...hadamard(16)]).toEqual(expected);
});

it("spreads a value that stands out over its group alone", async () => {
  const { y } = await runGraph(rotate(8, 4), { x: feed([1, 8], [0, 0, 0, 0, 0, 6, 0, 0]) });
  expectClose(y!, [0, 0, 0, 0, 3, 3, -3, 3], 1e-6);
});

it("undoes itself", async () => {
  const x = Array.from({ length: 512 }, (_, at) => Math.sin(at));
  const build = (g: GraphBuilder) =>
    g.output("y", g.rotateGroups(g.rotateGroups(g.input("x", "float32", ["S", 512]), 256), 256));
  const { y } = await runGraph(build, { x: feed([1, 512], x) });
  expectClose(y!, x, 1e-5);
});

it.each([1, 2, 8, 60])("refuses groups of %d", (size) => {
  expect(() => rotate(240, size)(new GraphBuilder())).toThrow(`a rotation group must be a power of 4, got ${size}`);
});

it("refuses groups that do not fill the last axis", () => {
  expect(() => rotate(200, 64)(new GraphBuilder())).toThrow("groups of 64 do not fill a last axis of 200");
});
