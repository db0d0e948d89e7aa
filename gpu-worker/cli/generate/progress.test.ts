import { expect, it } from "vitest";
import { progressBar } from "./progress.ts";

function recorded(isTTY: boolean, color = false) {
  const written: string[] = [];
  let timeMs = 0;
  const now = () => timeMs;
  const bar = progressBar({ isTTY, write: (text) => written.push(text) }, "1/2  ", { color, now });
  return {
    bar,
    written,
    pass: (ms: number) => {
      timeMs += ms;
    },
  };
}

it("writes plain lines into a pipe", () => {
  const { bar, written, pass } = recorded(false);
  for (const step of [1, 2]) {
    pass(3000);
    bar.update(step, 2);
  }
  bar.end();
  expect(written).toEqual(["1/2  step 1/2  3.0 s left\n", "1/2  step 2/2  6.0 s\n"]);
});

it("draws over one line on a terminal and leaves it once", () => {
  const { bar, written, pass } = recorded(true);
  pass(60_000);
  bar.update(1, 4);
  bar.end();
  bar.end();
  expect(written).toEqual([`\r\x1b[K1/2  ${"━".repeat(6)}${"─".repeat(18)}  step 1/4  3 min 00 s left`, "\n"]);
});

it("colours only when asked", () => {
  const { bar, written } = recorded(true, true);
  bar.update(1, 2);
  expect(written[0]).toContain("\x1b[32m");
});
