import { expect, it } from "vitest";
import { type Kill, killedRun } from "./killed-run.ts";
import type { RunPlace } from "./run-process.ts";

/*
 * `test/simulation/runs/crash-moments.test.ts` stops a process before and after each change of a store; here real
 * processes end by SIGKILL, at moments between them too. MOMENTS=n takes so many of each step.
 */
const moments = Number(process.env.MOMENTS ?? 1);
const places: readonly RunPlace[] = ["read", "photos", "plan", "feed", "finish"];
/** A step may be over before its moment on a machine that has other work. */
const mostRuns = 8;

it(`has the same manifest though the process of its steps is killed at ${moments} moments of each`, {
  timeout: 120_000 + moments * 60_000,
}, async () => {
  const clean = await killedRun([]);
  expect(clean).toMatchObject({ status: "completed", kills: 0 });
  expect(clean.manifest).toHaveLength(120);
  for (const place of places) {
    const ms = clean.ms[place] ?? 0;
    let met = 0;
    for (let runs = 0; met < moments && runs < mostRuns; runs++) {
      const left = moments - met;
      const kills = Array.from({ length: left }, (_, i): Kill => ({ place, afterMs: (ms * (i + 0.5)) / (left + 1) }));
      const { kills: found, ms: _, ...killed } = await killedRun(kills);
      met += found;
      expect(killed, `killed in ${place} after ${kills.map(({ afterMs }) => Math.round(afterMs))} ms`).toEqual({
        manifest: clean.manifest,
        status: clean.status,
        charged: clean.charged,
        jobs: clean.jobs,
      });
    }
    expect(met, place).toBeGreaterThanOrEqual(moments);
  }
});
