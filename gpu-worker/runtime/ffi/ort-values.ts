import koffi from "koffi";
import { elementCount } from "../../tensor.ts";
import type { OnnxTensor } from "../onnx-session.ts";
import type { Pointer } from "./ort-c-api.ts";
import type { OpenApi } from "./ort-environment.ts";

/** `ONNXTensorElementDataType` */
export const elementType = { float32: 1, int32: 6, int64: 7, bool: 9, bfloat16: 16 } as const satisfies Record<
  OnnxTensor["dtype"],
  number
>;

/** An `OrtValue` over memory of ours. It refers to the tensor's own bytes, which must stay until it is released. */
export function makeTensor({ native, cpuMemory }: OpenApi, { dtype, data, dims }: OnnxTensor): Pointer {
  const shape = BigInt64Array.from(dims, BigInt);
  return native.make(
    "CreateTensorWithDataAsOrtValue",
    cpuMemory,
    data,
    data.byteLength,
    shape,
    dims.length,
    elementType[dtype],
  );
}

/** A copy of what a value in the CPU's memory holds. */
export function readTensor({ native }: OpenApi, value: Pointer): OnnxTensor {
  const info = native.make("GetTensorTypeAndShape", value);
  try {
    const type = native.make<number>("GetTensorElementType", info);
    const shape = new BigInt64Array(Number(native.make<number>("GetDimensionsCount", info)));
    native.call("GetDimensions", info, shape, shape.length);
    const dims = Array.from(shape, Number);
    const count = elementCount(dims);
    if (type !== elementType.float32) throw new Error(`an output is of ONNX type ${type}; graphs give float32`);
    const data = new Float32Array(count);
    if (count > 0) data.set(new Float32Array(koffi.view(native.make("GetTensorMutableData", value), 4 * count)));
    return { dtype: "float32", data, dims };
  } finally {
    native.value("ReleaseTensorTypeAndShapeInfo", info);
  }
}
