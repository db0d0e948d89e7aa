import { expect, it } from "vitest";
import { byteProgress } from "./byte-progress.ts";

/** Back to the start of an empty line. */
const clear = "\r\x1b[K";

function setUp(isTTY: boolean) {
  let now = 0;
  let written = "";
  const output = { isTTY, columns: 80, write: (text: string) => (written += text) };
  const progress = byteProgress(output, () => now);
  const at = (ms: number, doneBytes: number, totalBytes = 1e9) => {
    now = ms;
    written = "";
    progress.update({ file: "model.safetensors", doneBytes, totalBytes });
    return written;
  };
  const end = () => {
    written = "";
    progress.end();
    return written;
  };
  return { at, end };
}

it("writes a line for each tenth where there is no terminal", () => {
  const { at, end } = setUp(false);
  expect(at(0, 0)).toBe("");
  expect(at(1_000, 99e6)).toBe("");
  expect(at(2_000, 200e6)).toBe("0.20 of 1.00 GB  100.0 MB/s  8 s left  model.safetensors\n");
  expect(at(2_100, 299e6)).toBe("");
  expect(end()).toBe("");
});

it("does not take bytes of an earlier run for speed", () => {
  const { at } = setUp(false);
  at(0, 500e6);
  expect(at(1_000, 600e6)).toContain("100.0 MB/s  4 s left");
});

it("draws over one line of a terminal, five times a second, and at the end", () => {
  const { at, end } = setUp(true);
  expect(at(0, 0)).toContain(`${clear}${"─".repeat(24)}`);
  expect(at(199, 1e6)).toBe("");
  const half = at(200, 500e6);
  expect(half).toContain(`${clear}${"━".repeat(12)}${"─".repeat(12)}`);
  expect(half.length - clear.length, "never wraps").toBe(79);
  expect(at(201, 1e9)).toMatch(/━{24}/);
  expect([end(), end()]).toEqual(["\n", ""]);
});

it("takes nothing to fetch for all of it", () => expect(setUp(true).at(0, 0, 0)).toMatch(/━{24}/));
