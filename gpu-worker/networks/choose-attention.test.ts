import { expect, it } from "vitest";
import { runtime } from "../../test/support/engine/run-graph.ts";
import type { OnnxRuntime, OnnxSession } from "../runtime/onnx-session.ts";
import { chooseAttention } from "./choose-attention.ts";

/** A device on which the sessions of these places, in the order they are made, give half of what they should. */
function deviceWrongIn(...places: readonly number[]): OnnxRuntime {
  let made = 0;
  return {
    async createSession(model, options) {
      const isWrong = places.includes(made++);
      const session = await runtime.createSession(model, options);
      return isWrong ? halved(session) : session;
    },
  };
}

function halved(session: OnnxSession): OnnxSession {
  return {
    async run(feeds) {
      const outputs = await session.run(feeds);
      const { data, dims } = outputs.get("y")!;
      return new Map([["y", { dtype: "float32", data: (data as Float32Array).map((value) => value / 2), dims }]]);
    },
    release: () => session.release(),
  };
}

it("takes the fastest form of a device that computes attention", async () => {
  expect(await chooseAttention("cpu", runtime)).toBe("fused");
  expect(await chooseAttention("cuda", runtime)).toBe("standard");
  expect(await chooseAttention("webgpu", runtime)).toBe("fused");
});

it("passes over forms that do not", async () => {
  expect(await chooseAttention("cuda", deviceWrongIn(1))).toBe("fused");
  expect(await chooseAttention("cuda", deviceWrongIn(1, 2))).toBe("decomposed");
  expect(await chooseAttention("webgpu", deviceWrongIn(1))).toBe("decomposed");
});
