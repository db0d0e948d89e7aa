import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LambdaFunction, type StartTimes } from "../lambda/lambda-function.ts";
import type { Deployed } from "./deploy-step.ts";

/** Odd, so that a median is one of them. */
const rounds = 9;

/**
 * Starts of each deployed function in the emulator of Lambda's runtime, in turns with a function that holds nothing:
 * what is measured of both is comparable, however busy the machine.
 *
 * @returns one line per function, of medians. The start of Node itself is in all of them
 */
export async function measureStarts({ functions }: Deployed, work: string): Promise<string[]> {
  const empty = join(work, "empty");
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, "index.js"), "exports.handler = async () => {};\n");
  const candidates = { "an empty function": { folder: empty, env: {} }, ...functions };
  const times = new Map<string, StartTimes[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, { folder, env }] of Object.entries(candidates)) {
      const credentials = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
      const handler = "index.handler";
      const one = new LambdaFunction({ name, folder, handler, env: { ...env, ...credentials }, timeoutMs: 1_000 });
      try {
        times.set(name, [...(times.get(name) ?? []), await one.start()]);
      } finally {
        await one.stop();
      }
    }
  }
  return [...times].map(([name, all]) => {
    const median = (of: keyof StartTimes) => Math.round(all.map((one) => one[of]).sort((a, b) => a - b)[rounds >> 1]!);
    return `${name}: ${median("cpuMs")} ms of the processor, ${median("wallMs")} ms`;
  });
}
