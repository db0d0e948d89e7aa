import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import { expect, it } from "vitest";
import { encodeModel } from "./encode-model.ts";
import { GraphBuilder } from "./graph-builder.ts";

/** A graph over one weight at `file`, decoded again. */
function encoded(files: readonly string[], build: (g: GraphBuilder) => void = () => {}) {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["B", 2]);
  g.output("y", x);
  build(g);
  for (const [i, file] of files.entries()) {
    const value = { name: `w${i}`, dtype: "float32" as const, dims: [2] };
    (g.initializers as unknown as object[]).push({ value, data: { external: { file, offset: 8, length: 8 } } });
  }
  const { bytes, weightsRoot } = encodeModel(g, "test");
  return { weightsRoot, model: fromBinary(ModelProtoSchema, bytes) };
}

it("names inputs and outputs with their axes", () => {
  const { model, weightsRoot } = encoded([]);
  expect(weightsRoot).toBeUndefined();
  const dims = model.graph!.input[0]!.type!.value.value as { shape?: { dim: { value: { value?: unknown } }[] } };
  expect(dims.shape!.dim.map(({ value }) => value.value)).toEqual(["B", 2n]);
  expect(model.graph!.output.map(({ name }) => name)).toEqual(["y"]);
});

it("leaves weights in their files, by paths from the root of the drive", () => {
  const { model, weightsRoot } = encoded(["/models/a/b.safetensors"]);
  const [weight] = model.graph!.initializer;
  expect([weightsRoot, weight!.dataLocation]).toEqual(["/", TensorProto_DataLocation.EXTERNAL]);
  expect(Object.fromEntries(weight!.externalData.map(({ key, value }) => [key, value]))).toEqual({
    location: "models/a/b.safetensors",
    offset: "8",
    length: "8",
  });
});

it("takes the newer operators only for a graph that has attention", () => {
  const opset = (model: ReturnType<typeof encoded>["model"]) =>
    model.opsetImport.find(({ domain }) => domain === "")?.version;
  expect(opset(encoded([]).model)).toBe(21n);
  const attention = (g: GraphBuilder) => void g.node1("Attention", { inputs: [] }, "float32", [1]);
  expect(opset(encoded([], attention).model)).toBe(23n);
});
