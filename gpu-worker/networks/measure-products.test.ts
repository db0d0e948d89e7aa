import { expect, it } from "vitest";
import { runtime } from "../../test/support/engine/run-graph.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { measureProducts } from "./measure-products.ts";

it("measures a speed for every form", async () => {
  const speeds = await measureProducts(runtime);
  for (const speed of Object.values(speeds)) if (speed !== undefined) expect(speed).toBeGreaterThan(0.1);
  expect(speeds).toMatchObject({ float32: expect.any(Number), int8: expect.any(Number), int4: expect.any(Number) });
});

// What a CPU without VNNI gives: sums of pairs that stop at 32767.
it("has no speed for products of integers that come out wrong", async () => {
  const saturating: OnnxRuntime = {
    async createSession(model, options) {
      const session = await runtime.createSession(model, options);
      const isInteger = Buffer.from(model).includes("QGemm");
      return {
        ...session,
        async run(feeds) {
          const outputs = await session.run(feeds);
          const y = outputs.get("y")!;
          if (isInteger && y.dtype === "float32") y.data[0] = (2048 / 2) * ((32767 - 2 * 128 * 127) / 127);
          return outputs;
        },
        release: () => session.release(),
      };
    },
  };
  expect((await measureProducts(saturating)).w8a8).toBeUndefined();
});
