import { expect, it } from "vitest";
import { trainingProgress } from "./training-progress.ts";

/** A progress output and its clock. */
function watch(total: number, isTTY: boolean) {
  const written: string[] = [];
  let ms = 0;
  const output = { isTTY, write: (text: string) => void written.push(text) };
  const progress = trainingProgress(output, { total, now: () => ms });
  return { written, progress, advance: (by: number) => (ms += by) };
}
const logged = (step: number, seconds = 2, loss = 0.5) => ({ step, loss, samples: 8, seconds });

it("draws over one line of a terminal, and leaves it once", () => {
  const { written, progress } = watch(4, true);
  progress.update(logged(1));
  progress.update(logged(2));
  expect(written).toEqual([
    `\r\x1b[K${"━".repeat(6)}${"─".repeat(18)}  step 1/4  loss 0.5000  4.0 samples/s  6 s left`,
    `\r\x1b[K${"━".repeat(12)}${"─".repeat(12)}  step 2/4  loss 0.5000  4.0 samples/s  4 s left`,
  ]);
  progress.end();
  progress.end();
  expect(written.slice(2)).toEqual(["\n"]);
});

it("writes a line every ten seconds to a pipe, and the last", () => {
  const { written, progress, advance } = watch(100, false);
  const steps: string[] = [];
  for (const step of [1, 2, 3, 100]) {
    progress.update(logged(step));
    steps.push(...written.splice(0).map((line) => /^step (\d+)\/100 .*\n$/.exec(line)![1]!));
    advance(step === 2 ? 8000 : 2000);
  }
  progress.end();
  expect(steps).toEqual(["1", "3", "100"]);
  expect(written).toEqual([]);
});

it("averages loss and speed over the last twenty steps", () => {
  const { written, progress } = watch(30, true);
  for (let step = 1; step <= 10; step++) progress.update(logged(step, 100, 1000));
  for (let step = 11; step <= 29; step++) progress.update(logged(step, 2, 1));
  // One slow step is left in the window: (100 + 19 · 2) / 20 s and (1000 + 19) / 20.
  expect(written.at(-1)).toContain("loss 50.95  1.2 samples/s  7 s left");
  progress.update(logged(30, 2, 1));
  expect(written.at(-1)).toContain("loss 1.000  4.0 samples/s  0 s left");
});

it.each([
  [49, "98 s left"],
  [60, "2 min left"],
  [2970, "99 min left"],
  [3600, "2 h 0 min left"],
])("says how long %d more steps of 2 s take", (steps, text) => {
  const { written, progress } = watch(steps + 1, true);
  progress.update(logged(1));
  expect(written[0]).toContain(text);
});
