import { expect, it } from "vitest";
import { fastClock } from "../../test/support/fast-clock.ts";
import { runParts } from "./run-parts.ts";

const logged: string[] = [];
const ports = { clock: fastClock(), log: (_level: string, message: string) => void logged.push(message) };

it("runs every part in order, though one fails and one never ends, and throws the first failure", async () => {
  const done: string[] = [];
  const never = () => new Promise<never>(() => {});
  const parts = [
    [1, async () => done.push("scale")],
    [1, async () => Promise.reject(new Error("no route"))],
    [1, never],
    [1, async () => done.push("repair")],
  ] as const;
  await expect(runParts(parts, ports)).rejects.toThrow("no route");
  expect(done).toEqual(["scale", "repair"]);
  expect(logged).toHaveLength(2);
  await expect(runParts([[2, never]], ports)).rejects.toThrow("more than its 2 s");
});
