import { expect, it } from "vitest";
import { generateCase } from "./generate-case.ts";
import { describeFinding, lookAgain } from "./look-again.ts";
import { runWatchdog } from "./run-watchdog.ts";

const seed = 20261130;

it("makes the same cases of a seed every time", () => {
  const context = { routes: [{ method: "POST", path: "/v1/jobs" }], key: "k", hostileUrl: "http://127.0.0.1:1" };
  const cases = () => Array.from({ length: 40 }, (_, index) => generateCase(seed, index, context));
  expect(cases()).toEqual(cases());
  expect(generateCase(seed + 1, 0, context)).not.toEqual(generateCase(seed, 0, context));
});

// What holds up the loop longer than it may, or takes more memory, is a finding with the cases that were under way; run
// `npm run test:watchdog -- --seed 20261130 --from N --cases 4` for those alone.
it("answers /healthz within 100 ms and stays below 400 MB, whatever 300 requests do", async () => {
  const report = await runWatchdog({ cases: 300, seed });
  expect((await lookAgain(report.findings, { seed })).map(describeFinding)).toEqual([]);
  const responses = [...report.statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(responses).toBeGreaterThanOrEqual(300);
  // The requests reached the routes: some were taken, most were refused.
  for (const status of [200, 400, 404, 422]) expect(report.statuses.get(status) ?? 0, `${status}`).toBeGreaterThan(0);
}, 600_000);
