import { expect, it } from "vitest";
import { float32Tensor, runtime } from "../../../test/support/engine/run-graph.ts";
import { storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import type { LowRank, Matrix } from "../../weights/lora/lora-products.ts";
import { CorrectedLengths } from "./corrected-lengths.ts";

const matrix = (rows: number, columns: number, ...values: number[]): Matrix => ({
  rows,
  columns,
  values: () => Float32Array.from(values),
});
const weight = storedTensors({ w: float32Tensor([2, 3], [1, 0, 2, 0, 2, 1]) }).tensors.get("w")!;
/** [2; 1] · [1 0 1] twice over, which makes the weight [5 0 6; 2 2 3]. */
const delta: LowRank = { kind: "low-rank", down: matrix(1, 3, 1, 0, 1), up: matrix(2, 1, 2, 1), scale: 2 };

it("measures the rows and the columns of the corrected weight, in one session", async () => {
  let sessions = 0;
  const counting: OnnxRuntime = {
    createSession(model, options) {
      sessions++;
      return runtime.createSession(model, options);
    },
  };
  const lengths = new CorrectedLengths(counting);
  const rows = await lengths.of(weight, delta, "rows");
  const columns = await lengths.of(weight, delta, "columns");
  const rounded = (values: Float32Array) => [...values].map((value) => Number(value.toFixed(4)));
  expect(rounded(rows)).toEqual([7.8102, 4.1231]); // √61 and √17
  expect(rounded(columns)).toEqual([5.3852, 2, 6.7082]); // √29, √4 and √45
  expect(sessions).toBe(1);
  await lengths.release();
  expect(rounded(await lengths.of(weight, delta, "rows"))).toEqual([7.8102, 4.1231]);
  expect(sessions).toBe(2);
  await lengths.release();
});
