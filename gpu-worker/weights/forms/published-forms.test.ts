import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { caseFile } from "../../../test/support/engine/case-file.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { seededBytes } from "../../../test/support/seeded-random.ts";
import { openCheckpoint, weightsOfFile } from "../checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "../formats/write-safetensors.ts";
import { readTensor, sliceRows } from "../tensor-values.ts";
import { decodeFloat8 } from "./float8.ts";
import { int8Form } from "./int8-form.ts";
import { formName } from "./published-forms.ts";

const folder = mkdtempSync(join(tmpdir(), "forms-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(tensors: Record<string, TensorToWrite>, metadata?: Record<string, string>): string {
  const path = join(folder, `${files++}.safetensors`);
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return path;
}

const f32 = (values: readonly number[], shape: readonly number[]): TensorToWrite => {
  return { dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
};
const bytes = (dtype: TensorToWrite["dtype"], shape: readonly number[], values: Uint8Array): TensorToWrite => {
  return { dtype, shape, bytes: values };
};
const json = (value: unknown): TensorToWrite => {
  const text = Buffer.from(JSON.stringify(value));
  return bytes("U8", [text.length], text);
};
const read = (path: string, name: string) => readTensor(weightsOfFile(path).get(name)!);

describe("fp8", () => {
  it("multiplies by the scale of the tensor, in the form of Kijai's file, and hides what is no weight", () => {
    const path = caseFile("03-fp8-scaled/fp8-scaled.safetensors");
    const tensors = weightsOfFile(path);
    const expected: Record<string, number[]> = JSON.parse(
      readFileSync(caseFile("03-fp8-scaled/expected.json"), "utf8"),
    );
    for (const [name, values] of Object.entries(expected)) {
      const actual = readTensor(tensors.get(name)!);
      for (const [i, value] of values.entries()) expect(actual[i], `${name}[${i}]`).toBeCloseTo(value, 6);
    }
    expect([...tensors.keys()].filter((name) => /scale|scaled_fp8/.test(name))).toEqual([]);
  });

  it("gives the tensors of the folder that such a file was made of", () => {
    const original = openCheckpoint(goldenCheckpoint("tiny-turbo/transformer")).tensors;
    for (const [file, name] of [
      ["03-fp8-scaled/fp8-scaled.safetensors", "fp8-scaled"],
      ["07-fp8-plain/plain-e4m3.safetensors", "F8_E4M3"],
    ] as const) {
      const { tensors } = openCheckpoint(caseFile(file), "transformer");
      expect([...tensors.keys()].toSorted()).toEqual([...original.keys()].toSorted());
      for (const [key, tensor] of original) {
        const values = readTensor(tensor);
        const actual = readTensor(tensors.get(key)!);
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        // Three bits of mantissa: half a step is a sixteenth of the value; plain fp8 is also coarse near zero.
        const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
        expect(off, `${file} ${key}`).toBeLessThanOrEqual(largest / 16);
      }
      expect(formName(tensors.get("layers.0.attention.to_k.weight")!)).toBe(name);
    }
  });

  it.each([
    ["the newer spelling, beside a note and the scale of activations", "weight_scale", [], "float8_e4m3fn", "F8_E4M3"],
    ["one value in a list", "scale_weight", [1], undefined, "F8_E4M3"],
    ["the other float of 8 bits", "weight_scale", [1, 1], "float8_e5m2", "F8_E5M2"],
  ] as const)("reads %s", (_, suffix, scaleShape, format, dtype) => {
    const codes = seededBytes(3, 32).map((byte) => byte & 0xbb); // no NaN
    const path = write({
      "a.weight": bytes(dtype, [4, 8], codes),
      [`a.${suffix}`]: f32([1.5], scaleShape),
      "a.input_scale": f32([3], []),
      ...(format !== undefined && { "a.comfy_quant": json({ format, full_precision_matrix_mult: true }) }),
      "a.bias": f32([1, 2, 3, 4], [4]),
    });
    expect([...weightsOfFile(path).keys()]).toEqual(["a.weight", "a.bias"]);
    expect([...read(path, "a.weight")]).toEqual([...decodeFloat8(dtype, codes).map((value) => value * 1.5)]);
  });

  it("multiplies Qwen's blocks of 128 × 128 by their own scales, the last ones shorter", () => {
    const [rows, width] = [130, 300];
    const codes = new Uint8Array(rows * width).fill(0x38); // 1
    const path = write({
      "model.layers.0.self_attn.q_proj.weight": bytes("F8_E4M3", [rows, width], codes),
      "model.layers.0.self_attn.q_proj.weight_scale_inv": bytes(
        "BF16",
        [2, 3],
        new Uint8Array(Uint16Array.from([1, 2, 3, 4, 5, 6], bfloat16).buffer),
      ),
    });
    const values = readTensor(
      openCheckpoint(path, "text_encoder").tensors.get("model.layers.0.self_attn.q_proj.weight")!,
    );
    const at = (row: number, column: number) => values[row * width + column];
    expect([at(0, 0), at(0, 128), at(127, 256), at(128, 127), at(129, 255), at(129, 299)]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

/** Of small whole numbers, exactly. */
const bfloat16 = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;

describe("int8", () => {
  const convrot = caseFile("05-int8-convrot/convrot.safetensors");
  const name = "layers.0.feed_forward.w2.weight";

  it("rotates back what was rotated, within what its rounding to int8 loses", () => {
    const original: number[] = JSON.parse(readFileSync(caseFile("05-int8-convrot/original.json"), "utf8")).flat();
    const values = read(convrot, name);
    expect(values).toHaveLength(original.length);
    const errors = original.map((value, i) => value - values[i]!);
    const largest = Math.max(...original.map(Math.abs));
    // Scales of 0.014 to 0.016 round by up to half of that; rotated back the error spreads to a normal one of 0.0043.
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)).toBeLessThan(0.005 * largest);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.015 * largest);
  });

  it("tells codes, scales and rotation for who multiplies them as they are, of a slice too", () => {
    const tensor = weightsOfFile(convrot).get(name)!;
    const form = int8Form(tensor)!;
    expect([form.codes.dtype, form.codes.shape, form.codes.codes]).toEqual(["I8", [4, 512], undefined]);
    expect([form.scalesPer, form.scales.shape, form.rotationGroup]).toEqual(["row", [4, 1], 256]);
    const slice = sliceRows(tensor, 1, 2);
    const [scales, sliced] = [readTensor(form.scales), readTensor(int8Form(slice)!.scales)];
    expect([...sliced]).toEqual([...scales.slice(1, 3)]);
    expect([...readTensor(slice)]).toEqual([...readTensor(tensor).slice(512, 3 * 512)]);
  });

  it.each([
    ["the tensor", [], [0.5], [-64, -0.5, 0, 0.5, 1, 63.5]],
    ["each row", [2, 1], [0.5, 2], [-64, -0.5, 0, 2, 4, 254]],
    ["each row, in a list", [2], [0.5, 2], [-64, -0.5, 0, 2, 4, 254]],
  ])("multiplies without rotation by the scale of %s", (_, shape, scales, expected) => {
    const codes = bytes("I8", [2, 3], new Uint8Array(Int8Array.of(-128, -1, 0, 1, 2, 127).buffer));
    const plain = { "a.weight": codes, "a.weight_scale": f32(scales, shape) };
    for (const tensors of [plain, { ...plain, "a.comfy_quant": json({ format: "int8_tensorwise" }) }]) {
      const path = write(tensors);
      expect([...read(path, "a.weight")]).toEqual(expected);
      expect(int8Form(weightsOfFile(path).get("a.weight")!)?.rotationGroup).toBeUndefined();
    }
  });

  it.each([
    ["no scales", {}, "tensor a.weight: expected the scales of int8 weights, weight_scale, found none"],
    ["too many scales", { "a.weight_scale": f32([1, 2, 3], [3]) }, "per tensor, row or block, got [3]"],
    [
      "a rotation that does not divide the width",
      { "a.weight_scale": f32([1], []), "a.comfy_quant": json({ format: "int8_tensorwise", convrot: true }) },
      "expected a rotation over a power of 4 that divides its 3 inputs, got 256",
    ],
    [
      "another form",
      { "a.weight_scale": f32([1], []), "a.comfy_quant": json({ format: "convrot_w4a4" }) },
      'tensor a.weight: the form "convrot_w4a4" cannot be read; take the same model in bf16',
    ],
    [
      "a note that is no JSON",
      { "a.weight_scale": f32([1], []), "a.comfy_quant": bytes("U8", [1], Uint8Array.of(123)) },
      "tensor a.comfy_quant: is no JSON",
    ],
  ])("refuses %s", (_, beside, message) => {
    const path = write({ "a.weight": bytes("I8", [2, 3], new Uint8Array(6)), ...beside } as Record<
      string,
      TensorToWrite
    >);
    expect(() => weightsOfFile(path)).toThrow(message);
  });
});

describe("fp4", () => {
  it("reads the high nibble first, and the form from the file's metadata", () => {
    const path = caseFile("06-nvfp4/nvfp4.safetensors");
    const signs: number[] = JSON.parse(readFileSync(caseFile("06-nvfp4/signs.json"), "utf8")).flat();
    const values = read(path, "layers.0.feed_forward.w2.weight");
    expect([...values]).toEqual(signs.map((sign) => 0.5 * sign));
    expect([...weightsOfFile(path).keys()]).toEqual(["layers.0.feed_forward.w2.weight"]);
  });

  /**
   * Where the scale of a block lies, as cuBLAS documents it: tiles of 128 × 4, in them rows of 32 with four groups side
   * by side.
   */
  function tiledOffset(row: number, column: number, columns: number): number {
    const tile = Math.floor(row / 128) * Math.ceil(columns / 4) + Math.floor(column / 4);
    const inner = row % 128;
    return tile * 512 + (inner % 32) * 16 + Math.floor(inner / 32) * 4 + (column % 4);
  }

  it.each([
    ["nvfp4", "F8_E4M3", 16],
    ["mxfp8", "U8", 32],
    ["mxfp8", "F8_E8M0", 32],
  ] as const)("takes the scales of %s in %s from the tensor cores' tiles, of a slice too", (format, dtype, block) => {
    const [rows, columns] = [200, 6];
    const width = columns * block;
    const filled = [256, 8] as const;
    const scales = new Uint8Array(filled[0] * filled[1]);
    // Powers of two that tell the block: 2^(row mod 5 + column).
    const exponent = (row: number, column: number) => (row % 5) + column;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const bits = exponent(row, column) - 6;
        scales[tiledOffset(row, column, columns)] = dtype === "F8_E4M3" ? (bits + 7) << 3 : bits + 127;
      }
    }
    const isFp4 = format === "nvfp4";
    const path = write(
      {
        "model.diffusion_model.a.weight": isFp4
          ? bytes("U8", [rows, width / 2], new Uint8Array((rows * width) / 2).fill(0x22)) // 1, 1
          : bytes("F8_E4M3", [rows, width], new Uint8Array(rows * width).fill(0x38)), // 1
        "model.diffusion_model.a.weight_scale": bytes(dtype, filled, scales),
        ...(isFp4 && { "model.diffusion_model.a.weight_scale_2": f32([64], []) }),
      },
      { _quantization_metadata: JSON.stringify({ format_version: "1.0", layers: { a: { format } } }) },
    );
    const tensor = weightsOfFile(path).get("model.diffusion_model.a.weight")!;
    expect([tensor.shape, formName(tensor)]).toEqual([[rows, width], format]);
    const unit = isFp4 ? 1 : 1 / 64;
    const expected = (row: number, column: number) => unit * 2 ** exponent(row, Math.floor(column / block));
    const values = readTensor(tensor);
    const slice = readTensor(sliceRows(tensor, 100, 70));
    for (let row = 0; row < rows; row += 3) {
      for (let column = 0; column < width; column += 7) {
        expect(values[row * width + column], `${row} ${column}`).toBe(expected(row, column));
        if (row < 70) expect(slice[row * width + column]).toBe(expected(row + 100, column));
      }
    }
  });
});

it("knows a layer whose prefix stands in the file's note and not before its tensors", () => {
  const note = { format: "int8_tensorwise", convrot: true, convrot_groupsize: 4 };
  for (const prefix of ["model.diffusion_model.", "diffusion_model.", "transformer."]) {
    const path = write(
      {
        "layers.0.a.weight": bytes("I8", [1, 4], Uint8Array.of(2, 0, 0, 0)),
        "layers.0.a.weight_scale": f32([1], [1, 1]),
      },
      { _quantization_metadata: JSON.stringify({ layers: { [`${prefix}layers.0.a`]: note } }) },
    );
    expect([...read(path, "layers.0.a.weight")]).toEqual([1, 1, 1, -1]);
  }
});

it("leaves floats beside a scale of one alone, and refuses them beside another", () => {
  const weight = f32([1, 2], [1, 2]);
  expect([...read(write({ "a.weight": weight, "a.scale_weight": f32([1], [1]) }), "a.weight")]).toEqual([1, 2]);
  const scaled = write({ "a.weight": weight, "a.scale_weight": f32([2], [1]) });
  expect(() => weightsOfFile(scaled)).toThrow("expected quantised values beside a scale that is not 1, got F32");
});

it("finds weight and scale in two shards", () => {
  const dir = join(folder, "shards");
  mkdirSync(dir);
  const shard = (index: number, tensors: Record<string, TensorToWrite>) =>
    writeFileSync(join(dir, `model-0000${index}-of-00002.safetensors`), encodeSafetensors(tensors));
  shard(1, { "a.weight": bytes("F8_E4M3", [1, 2], Uint8Array.of(0x38, 0x40)) });
  shard(2, { "a.weight_scale": f32([10], []) });
  expect(() => openCheckpoint(dir)).toThrow(
    "has 2 shards such as model-00001-of-00002.safetensors and no index; download model.safetensors.index.json",
  );
  const weight_map = {
    "a.weight": "model-00001-of-00002.safetensors",
    "a.weight_scale": "model-00002-of-00002.safetensors",
  };
  writeFileSync(join(dir, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
  expect([...readTensor(openCheckpoint(dir).tensors.get("a.weight")!)]).toEqual([10, 20]);
});

it.each([
  ["Nunchaku (SVDQuant)", "layers.0.attention.to_qkv.wscales"],
  ["bitsandbytes, 4 bits", "layers.0.attention.to_q.weight.quant_state.bitsandbytes__nf4"],
  ["bitsandbytes, 8 bits", "layers.0.attention.to_q.SCB"],
  ["SDNQ", "layers.0.attention.to_q.svd_up"],
  ["Quanto", "layers.0.attention.to_q.weight._data"],
])("names %s, and says what to fetch", (form, name) => {
  const path = write({
    "layers.0.attention.to_q.weight": bytes("U8", [2, 1], Uint8Array.of(1, 2)),
    [name]: f32([1], [1]),
  });
  expect(() => weightsOfFile(path)).toThrow(`${path}: is in the form ${form}: `);
  expect(() => weightsOfFile(path)).toThrow("fetch the same model in bf16, fp8, int8_convrot or nvfp4");
});

it.each([
  ["fp8 of a tensor", "F8_E4M3", [Number.NaN], []],
  ["int8 rows", "I8", [1, Number.POSITIVE_INFINITY], [2, 1]],
] as const)("refuses scales of %s that are no numbers", (_, dtype, scales, shape) => {
  const path = write({
    "a.weight": bytes(dtype, [2, 4], new Uint8Array(8)),
    "a.weight_scale": f32(scales, shape),
  });
  const got = scales.length === 1 ? "NaN for row 0" : "Infinity for row 1";
  expect(() => weightsOfFile(path)).toThrow(`tensor a.weight: expected finite scales, got ${got}; the file is damaged`);
});

it("knows SDNQ without its optional parts, and a form by its configuration alone", () => {
  const integers = bytes("U8", [2, 1], Uint8Array.of(1, 2));
  expect(() => weightsOfFile(write({ "a.weight": integers, "a.scale": f32([1, 2], [2, 1]) }))).toThrow("form SDNQ");
  const config = { quantization_config: JSON.stringify({ quant_method: "torchao" }) };
  expect(() => weightsOfFile(write({ "a.weight": integers }, config))).toThrow("is in the form torchao");
});
