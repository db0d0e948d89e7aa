import { it } from "vitest";
import { expectClose, goldenTensors } from "../../../test/support/engine/golden-tensors.ts";
import { timeFrequencies } from "../blocks/timestep-embedding.ts";
import { axialRotaryTables, textRotaryTables } from "./rotary-tables.ts";

const golden = goldenTensors("unit_tables");

it("agrees with the reference's tables at the released axes", () => {
  const { cos, sin } = axialRotaryTables(Int32Array.from(golden.integers("rope_ids")), [32, 48, 48], 256);
  expectClose(cos, golden.floats("rope_cos").data, 1e-6);
  expectClose(sin, golden.floats("rope_sin").data, 1e-6);
});

it("agrees with the reference's sinusoids of the time", () => {
  const times = golden.floats("time").data;
  times.forEach((t, index) => {
    // Angles reach 1000: neighbouring float32 values are 6e-5 apart there, and exp differs by one of them between
    // libraries.
    expectClose(
      timeFrequencies(t, 1000),
      golden.floats("time_embedding").data.subarray(index * 256, (index + 1) * 256),
      6.2e-5,
    );
  });
});

it("turns a text token at position p by p · theta^(−2i/headDim)", () => {
  const { cos, sin } = textRotaryTables(3, 4, 100); // frequencies 1 and 1/10
  expectClose(cos, [1, 1, Math.cos(1), Math.cos(0.1), Math.cos(2), Math.cos(0.2)], 1e-6);
  expectClose(sin, [0, 0, Math.sin(1), Math.sin(0.1), Math.sin(2), Math.sin(0.2)], 1e-6);
});
