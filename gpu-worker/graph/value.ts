import type { Dim } from "./dims.ts";

export type Dtype = "float32" | "float16" | "bfloat16" | "int64" | "int32" | "int8" | "uint8" | "bool";
export type FloatDtype = "float32" | "float16" | "bfloat16";

/** A tensor that flows through the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly Dim[];
}

/**
 * `bigint` is an ONNX INT, `number` a FLOAT: the two are different attributes, and JavaScript alone cannot tell 1 from
 * 1.0.
 */
export type Attribute = bigint | number | string | readonly bigint[];

export interface GraphNode {
  /** Scope and operator, `layers.0.attention/Gemm_41`, so that a failing node says which part of the model it is. */
  readonly name: string;
  readonly op: string;
  /** Empty for standard operators. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** What a new node is made of; the builder names it and its outputs. */
export interface NodeSpec {
  readonly inputs: readonly (Value | undefined)[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Bytes of a weight inside a file. */
export interface ExternalBytes {
  /** Real path. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface Initializer {
  readonly value: Value;
  readonly data: { readonly external: ExternalBytes } | { readonly raw: Uint8Array };
}

/** ONNX `TensorProto.DataType`, as the attribute `to` of Cast wants it. */
export const onnxType = {
  float32: 1n,
  uint8: 2n,
  int8: 3n,
  int32: 6n,
  int64: 7n,
  bool: 9n,
  float16: 10n,
  bfloat16: 16n,
} as const satisfies Record<Dtype, bigint>;
