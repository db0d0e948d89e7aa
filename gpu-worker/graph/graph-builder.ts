import { InvalidFileError } from "../../shared/errors.ts";
import { type Dim, sameDims, show } from "./dims.ts";
import { encodeFloats } from "./encode-floats.ts";
import type { AttentionForm, GraphBuilderOptions } from "./graph-options.ts";
import { hadamard } from "./ops/rotation.ts";
import { SizeSources } from "./size-sources.ts";
import {
  type Dtype,
  type FloatDtype,
  type GraphNode,
  type Initializer,
  type NodeSpec,
  onnxType,
  type Value,
} from "./value.ts";
import {
  type FoundWeight,
  type Int8RowsWeight,
  type IntegerProducts,
  type LinearCorrections,
  type LinearWeight,
  type LowRankBranch,
  requireShape,
  type WeightSource,
} from "./weight-source.ts";

/**
 * Records an ONNX graph as typed values and nodes, in an order that can be run. `grad.ts` walks `nodes` backwards: a
 * derivative rule needs no more than operator, inputs, outputs and attributes. Operators are functions in `ops/` and
 * know their shape rule; `encode-model.ts` writes the protobuf.
 */
export class GraphBuilder {
  readonly inputs: Value[] = [];
  /** The `inputs` that are weights. */
  readonly parameters: Value[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly nodes: GraphNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly computeDtype: FloatDtype;
  readonly probes: boolean;
  readonly accuracyLevel: 0 | 4;
  readonly attention: AttentionForm;
  readonly integerProducts: IntegerProducts | undefined;
  readonly #weights: WeightSource | undefined;
  #scopes: readonly string[] = [];
  readonly #sizeSources = new SizeSources();
  readonly #constants = new Map<string, Value>();
  readonly #shared = new Map<string, unknown>();

  constructor(options: GraphBuilderOptions = {}) {
    const { weights, computeDtype = "float32", probes = false, accuracyLevel = 4, attention = "fused" } = options;
    this.#weights = weights;
    this.computeDtype = computeDtype;
    this.probes = probes;
    this.accuracyLevel = accuracyLevel;
    this.attention = attention;
    this.integerProducts = options.integerProducts;
  }

  /** Run `build` with `name` appended to the scope: scopes spell checkpoint names. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scopes;
    this.#scopes = [...outer, name];
    try {
      return build();
    } finally {
      this.#scopes = outer;
    }
  }

  /** The current scope, for messages. */
  get scopeName(): string {
    return this.#scopes.join(".") || "the graph";
  }

  /**
   * `name` as the checkpoint spells it from the root: `to_q.weight` in scope `layers.0`, `attention` is
   * `layers.0.attention.to_q.weight`.
   */
  qualify(name: string): string {
    return [...this.#scopes, name].join(".");
  }

  input(name: string, dtype: Dtype, dims: readonly Dim[]): Value {
    const value = this.#value(name, dtype, dims);
    this.inputs.push(value);
    return value;
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((output) => output.name === name)) throw new Error(`output ${name} exists already`);
    this.outputs.push({ name, value });
  }

  /**
   * Mark an intermediate under its scope-qualified name; it becomes an output only in a builder made with `probes`.
   * Where layers run twice, the first run counts.
   */
  probe(name: string, value: Value): void {
    const qualified = this.qualify(name);
    if (this.probes && !this.outputs.some((output) => output.name === qualified)) this.output(qualified, value);
  }

  /** Append one node. @returns its outputs, one per entry of `outputs` */
  node(
    op: string,
    { inputs, domain = "", attributes = {} }: NodeSpec,
    outputs: readonly { dtype: Dtype; dims: readonly Dim[] }[],
  ): Value[] {
    const name = `${this.#scopes.join(".")}/${op}_${this.nodes.length}`;
    const values = outputs.map(({ dtype, dims }, index) =>
      this.#value(outputs.length === 1 ? name : `${name}:${index}`, dtype, dims),
    );
    this.nodes.push({ name, op, domain, inputs, outputs: values, attributes });
    return values;
  }

  /** Append a node with one output. */
  node1(op: string, spec: NodeSpec, dtype: Dtype, dims: readonly Dim[]): Value {
    return this.node(op, spec, [{ dtype, dims }])[0]!;
  }

  /**
   * A weight of the checkpoint in the compute dtype. Its bytes stay in the checkpoint file, or it becomes an input when
   * the source says so.
   * @param name - within the current scope
   * @param dims - the exact stored shape
   * @param view - other dims of the same element count to see the bytes as
   * @throws InvalidFileError when the tensor is absent, has another shape, or is in a form that only linear layers can
   * use
   */
  weight(name: string, dims: readonly number[], view: readonly number[] = dims): Value {
    return this.externalWeight(this.qualify(name), this.#found(name, dims), dims, view);
  }

  /**
   * The matrix of a linear layer, which may stay quantised, in blocks or rotated.
   * @throws InvalidFileError as `weight`
   */
  linearWeight(
    name: string,
    dims: readonly [number, number],
    { expandRotated = false }: { expandRotated?: boolean } = {},
  ): LinearWeight {
    const fullName = this.qualify(name);
    const weight = this.#found(name, dims);
    if (weight.dtype === "int8" && weight.rotation !== undefined && this.integerProducts && !expandRotated) {
      requireShape(fullName, weight, dims);
      const codes = this.#initializer(`${fullName} int8`, "int8", dims, { external: weight.data });
      const scales = { external: weight.rowScales };
      const rowScales = this.#initializer(`${fullName} row scales`, "float32", [dims[0]], scales);
      return { rotated: { rotation: weight.rotation, codes, rowScales, products: this.integerProducts } };
    }
    if (weight.dtype !== "uint8") return { float: this.externalWeight(fullName, weight, dims) };
    requireShape(fullName, weight, dims);
    const { bits, blockSize, data, scales } = weight;
    const [rows, width] = dims;
    const blocks = width / blockSize;
    const packedDims = [rows, blocks, (blockSize * bits) / 8];
    const packed = this.#initializer(`${fullName} ${bits} bits`, "uint8", packedDims, { external: data });
    const stored = this.#initializer(`${fullName} block scales`, "float32", [rows, blocks], { external: scales });
    return { blocks: { bits, blockSize, packed, scales: this.#weightCast(stored, this.computeDtype) } };
  }

  #found(name: string, dims: readonly number[]): FoundWeight {
    const fullName = this.qualify(name);
    if (!this.#weights) throw new Error(`weight ${fullName} was asked of a graph builder without weights`);
    const weight = this.#weights.weight(fullName, dims);
    if (!weight)
      throw new InvalidFileError(
        `${this.#weights.description}: expected a tensor ${fullName} ${show(dims)}, found none`,
      );
    return weight;
  }

  /** A weight at a known place, in the compute dtype. @throws InvalidFileError when its shape is not `dims` */
  externalWeight(name: string, weight: FoundWeight, dims: readonly number[], view: readonly number[] = dims): Value {
    requireShape(name, weight, dims);
    const { data } = weight;
    if (data === "fed") return this.#parameter(name, dims, view);
    if (data === "per run") {
      const fed = this.branchWeight(name, weight, dims);
      return view === dims ? fed : this.node1("Reshape", { inputs: [fed, this.integers(view)] }, fed.dtype, view);
    }
    if (weight.dtype === "uint8") {
      throw new InvalidFileError(
        `${data.file}: tensor ${name}: blocks of ${weight.bits} bits are read by linear layers alone; convert ` +
          "the original model again",
      );
    }
    // The name is unique per weight: a graph that reads one twice shares the initializer.
    const viewName = `${name}${view === dims ? "" : ` ${show(view)}`}`;
    const stored =
      weight.dtype === "int8"
        ? this.#dequantized(name, viewName, weight, view)
        : this.#initializer(viewName, weight.dtype, view, { external: data });
    return this.#weightCast(stored, this.computeDtype);
  }

  /** A tensor of a layer's corrections, in the compute dtype. @throws InvalidFileError when its shape is not `dims` */
  branchWeight(name: string, weight: LowRankBranch["down"], dims: readonly Dim[]): Value {
    if (weight.data !== "per run") return this.externalWeight(name, weight, dims as readonly number[]);
    const fed = this.#once(`per run ${name}`, () => this.input(name, "float32", dims));
    return this.#weightCast(fed, this.computeDtype);
  }

  /**
   * Each group of `size` values along the last axis times `hadamard(size)`. It spreads a value that stands out over its
   * group, so that 8 bits lose less of the others; done to the activations and to the rows of a weight it leaves their
   * product as it was. Done twice it undoes itself. A method, because stored weights are rotated back where the builder
   * reads them.
   * @param x - `[..., K]` float32, K a multiple of `size`
   */
  rotateGroups(x: Value, size: number): Value {
    const width = x.dims.at(-1);
    if (typeof width !== "number" || width % size !== 0) {
      throw new Error(`rotation in ${this.scopeName}: groups of ${size} do not fill a last axis of ${width}`);
    }
    const matrix = this.constant("hadamard", "float32", [size, size], new Uint8Array(hadamard(size).buffer));
    const groups: Dim = `groups of ${x.name}`;
    const apart = this.node1("Reshape", { inputs: [x, this.integers([-1, size])] }, "float32", [groups, size]);
    const rotated = this.node1("MatMul", { inputs: [apart, matrix] }, "float32", [groups, size]);
    return this.node1("Reshape", { inputs: [rotated, this.sizes(x.dims)] }, "float32", x.dims);
  }

  /**
   * int8 rows times their scales, in float32. The runtime folds this at load, so it costs a run nothing. Cast and Mul
   * rather than DequantizeLinear: by default that one is kept for integer kernels, and would be computed again in every
   * run.
   */
  #dequantized(
    name: string,
    viewName: string,
    { shape, data, rowScales, rotation }: Int8RowsWeight,
    view: readonly number[],
  ): Value {
    return this.#once(`dequantized ${viewName}`, () => {
      const whole = this.#weightCast(this.#initializer(`${name} int8`, "int8", shape, { external: data }), "float32");
      const scaleDims = shape.map((size, axis) => (axis === 0 ? size : 1));
      const scales = this.#initializer(`${name} row scales`, "float32", scaleDims, { external: rowScales });
      const scaled = this.node1("Mul", { inputs: [whole, scales] }, "float32", shape);
      const rows = rotation === undefined ? scaled : this.rotateGroups(scaled, rotation);
      if (sameDims(view, shape)) return rows;
      return this.node1("Reshape", { inputs: [rows, this.integers(view)] }, "float32", view);
    });
  }

  #weightCast(stored: Value, dtype: FloatDtype): Value {
    if (stored.dtype === dtype) return stored;
    return this.#once(`cast ${stored.name}`, () =>
      this.node1("Cast", { inputs: [stored], attributes: { to: onnxType[dtype] } }, dtype, stored.dims),
    );
  }

  #parameter(name: string, dims: readonly number[], view: readonly number[]): Value {
    const fed = this.#once(`parameter ${name}`, () => {
      const value = this.input(name, "float32", dims);
      this.parameters.push(value);
      return value;
    });
    const viewed = view === dims ? fed : this.node1("Reshape", { inputs: [fed, this.integers(view)] }, "float32", view);
    if (this.computeDtype === "float32") return viewed;
    const attributes = { to: onnxType[this.computeDtype] };
    return this.node1("Cast", { inputs: [viewed], attributes }, this.computeDtype, view);
  }

  corrections(target: string): LinearCorrections {
    return this.#weights?.corrections?.(target) ?? { lowRank: [] };
  }

  /** A constant held in the graph under a name that no other value has. */
  constant(name: string, dtype: Dtype, dims: readonly number[], raw: Uint8Array): Value {
    return this.#initializer(`constant ${dtype} ${show(dims)} ${name}`, dtype, dims, { raw });
  }

  /** What `make` gives the first time: work on one value that several layers share. */
  shared<T>(key: string, make: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, make());
    return this.#shared.get(key) as T;
  }

  /** A float constant held in the graph. */
  floats(values: readonly number[], dims: readonly number[], dtype: FloatDtype = this.computeDtype): Value {
    const key = `${values.every((value) => value === values[0]) ? `${values[0]} × ${values.length}` : values.join(",")}`;
    return this.#initializer(`constant ${dtype} ${show(dims)} ${key}`, dtype, dims, {
      raw: encodeFloats(values, dtype),
    });
  }

  scalar(value: number, dtype: FloatDtype = this.computeDtype): Value {
    return this.floats([value], [], dtype);
  }

  /** An int64 scalar. */
  integer(value: number): Value {
    const raw = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    return this.#initializer(`constant int64 ${value}`, "int64", [], { raw });
  }

  /** An int64 vector, as shapes, axes and indices are given. */
  integers(values: readonly number[]): Value {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#initializer(`constant int64 ${show(values)}`, "int64", [values.length], { raw });
  }

  /** The run-time size of a symbolic axis as an int64 vector of one. */
  size(dim: string): Value {
    return this.#once(`size ${dim}`, () => {
      const { value, axis } = this.#sizeSources.find(dim);
      const attributes = { start: BigInt(axis), end: BigInt(axis + 1) };
      return this.node1("Shape", { inputs: [value], attributes }, "int64", [1]);
    });
  }

  /** An int64 vector of sizes, −1 where an axis is to be inferred and 0 where it is copied. */
  sizes(dims: readonly Dim[]): Value {
    if (dims.every((dim) => typeof dim === "number")) return this.integers(dims);
    return this.#once(`sizes ${show(dims)}`, () => {
      const inputs = dims.map((dim) => (typeof dim === "number" ? this.integers([dim]) : this.size(dim)));
      return this.node1("Concat", { inputs, attributes: { axis: 0n } }, "int64", [dims.length]);
    });
  }

  #value(name: string, dtype: Dtype, dims: readonly Dim[]): Value {
    const value = { name, dtype, dims };
    this.#sizeSources.add(value);
    return value;
  }

  #initializer(name: string, dtype: Dtype, dims: readonly number[], data: Initializer["data"]): Value {
    return this.#once(name, () => {
      const value = { name, dtype, dims };
      this.initializers.push({ value, data });
      return value;
    });
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#constants.get(key);
    if (known) return known;
    const value = make();
    this.#constants.set(key, value);
    return value;
  }
}
