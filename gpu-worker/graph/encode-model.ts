import { parse, relative } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Dim } from "./dims.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Attribute, type Initializer, onnxType, type Value } from "./value.ts";

/** Higher opsets lose kernels: from 22 on, InstanceNormalization has none for CUDA in the runtime we use. */
const usualOpset = 21n;
/** The first with `Attention`. */
const attentionOpset = 23n;
const irVersion = 10n;

/** A serialised model whose weights stay in their files. */
export interface EncodedModel {
  readonly bytes: Uint8Array;
  /** The folder that weight locations are relative to; absent when nothing is external. */
  readonly weightsRoot?: string;
}

/**
 * Write the graph as an ONNX `ModelProto`. Locations of external weights are relative to the filesystem root, because
 * the runtime refuses absolute paths and paths that leave the root folder it was given; shards of one checkpoint may
 * lie anywhere.
 */
export function encodeModel(g: GraphBuilder, name: string): EncodedModel {
  const roots = new Set(
    g.initializers.flatMap(({ data }) => ("external" in data ? [parse(data.external.file).root] : [])),
  );
  if (roots.size > 1) throw new Error(`all weight files must lie on one drive, got ${[...roots].join(", ")}`);
  const [weightsRoot] = roots;
  const graph = create(GraphProtoSchema, {
    name,
    node: [
      ...g.nodes.map(({ name, op, domain, inputs, outputs, attributes }) =>
        create(NodeProtoSchema, {
          name,
          opType: op,
          domain,
          input: inputs.map((value) => value?.name ?? ""),
          output: outputs.map((value) => value.name),
          attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
        }),
      ),
      ...g.outputs.map(({ name, value }) =>
        create(NodeProtoSchema, { name: `output/${name}`, opType: "Identity", input: [value.name], output: [name] }),
      ),
    ],
    initializer: g.initializers.map((initializer) => encodeInitializer(initializer, weightsRoot)),
    input: g.inputs.map((value) => encodeValueInfo(value.name, value)),
    output: g.outputs.map(({ name, value }) => encodeValueInfo(name, value)),
  });
  const opset = g.nodes.some(({ op }) => op === "Attention") ? attentionOpset : usualOpset;
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "z-image-pipeline",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: opset }),
      create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }),
    ],
    graph,
  });
  const bytes = toBinary(ModelProtoSchema, model);
  return weightsRoot === undefined ? { bytes } : { bytes, weightsRoot };
}

function encodeAttribute(name: string, value: Attribute) {
  if (typeof value === "bigint")
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: value });
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value });
  if (typeof value === "string") {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: [...value] });
}

function encodeInitializer({ value, data }: Initializer, weightsRoot: string | undefined) {
  const base = {
    name: value.name,
    dataType: Number(onnxType[value.dtype]),
    dims: value.dims.map((dim) => BigInt(dim)),
  };
  if ("raw" in data) return create(TensorProtoSchema, { ...base, rawData: new Uint8Array(data.raw) });
  const { file, offset, length } = data.external;
  const location = relative(weightsRoot ?? "", file).replaceAll("\\", "/");
  return create(TensorProtoSchema, {
    ...base,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location, offset: String(offset), length: String(length) }).map(([key, text]) =>
      create(StringStringEntryProtoSchema, { key, value: text }),
    ),
  });
}

function encodeValueInfo(name: string, { dtype, dims }: Value) {
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: Number(onnxType[dtype]),
    shape: create(TensorShapeProtoSchema, { dim: dims.map(encodeDim) }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
}

function encodeDim(dim: Dim) {
  return create(TensorShapeProto_DimensionSchema, {
    value: typeof dim === "number" ? { case: "dimValue", value: BigInt(dim) } : { case: "dimParam", value: dim },
  });
}
