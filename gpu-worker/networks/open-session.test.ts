import { expect, it } from "vitest";
import type { OnnxSession } from "../runtime/onnx-session.ts";
import { floatOutput, LazySession } from "./open-session.ts";

function countingSession() {
  const counts = { opened: 0, released: 0 };
  const session: OnnxSession = {
    run: async () => new Map(),
    release: async () => {
      counts.released++;
    },
  };
  return { counts, session };
}

it("opens once, on first use, and again after release", async () => {
  const { counts, session } = countingSession();
  const lazy = new LazySession(async () => {
    counts.opened++;
    return session;
  });
  await lazy.release();
  expect(counts).toEqual({ opened: 0, released: 0 });
  await Promise.all([lazy.get(), lazy.get()]);
  await lazy.release();
  await lazy.get();
  expect(counts).toEqual({ opened: 2, released: 1 });
});

it("tries again after a failure, and has nothing to release then", async () => {
  const { counts, session } = countingSession();
  const lazy = new LazySession(async () => {
    if (counts.opened++ === 0) throw new Error("out of memory");
    return session;
  });
  await expect(lazy.get()).rejects.toThrow("out of memory");
  await lazy.release();
  expect(await lazy.get()).toBe(session);
  expect(counts).toEqual({ opened: 2, released: 0 });
});

it("drops leading axes of an output and refuses one that is not there", () => {
  const outputs = new Map([["y", { dtype: "float32" as const, data: new Float32Array(6), dims: [1, 2, 3] }]]);
  expect(floatOutput(outputs, "y", 2).shape).toEqual([2, 3]);
  expect(() => floatOutput(outputs, "z", 2)).toThrow("expected a float32 output z, got y");
});
