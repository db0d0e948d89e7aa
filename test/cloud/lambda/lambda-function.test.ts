import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, expect, it } from "vitest";
import { LambdaAccount } from "./lambda-account.ts";
import { LambdaFunction, type LambdaFunctionOptions } from "./lambda-function.ts";

const folder = mkdtempSync(join(tmpdir(), "lambda-function-"));
writeFileSync(
  join(folder, "index.js"),
  `const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
exports.returns = async ({ ms }) => { await sleep(ms); return "done"; };
exports.streams = awslambda.streamifyResponse(async ({ ms }, body) => {
  body.write("begun");
  await sleep(ms);
  body.end(", ended");
});
`,
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: LambdaFunction[] = [];
afterEach(() => Promise.all(started.splice(0).map((one) => one.stop())));

function lambda(handler: string, options: Partial<LambdaFunctionOptions> = {}): LambdaFunction {
  const made = new LambdaFunction({
    name: "f",
    folder,
    handler: `index.${handler}`,
    env: {},
    timeoutMs: 500,
    ...options,
  });
  started.push(made);
  return made;
}

it("cuts off an invocation at the function's time limit, which counts as an error, and takes the next", async () => {
  const account = new LambdaAccount({ concurrency: 1 });
  const slow = lambda("returns", { account });
  await expect(slow.invoke({ ms: 60_000 })).rejects.toThrow("f: Task timed out after 0.50 seconds");
  expect(slow.errors).toBe(1);
  expect(await slow.invoke({ ms: 0 })).toBe("done");
  expect(slow.errors).toBe(1);
});

it("ends a stream in the middle at the time limit, and one that ends itself as a whole", async () => {
  const streams = lambda("streams");
  const read = async (ms: number) => {
    let text = "";
    await streams.stream({ ms }, async (answer) => {
      text = String(await buffer(answer));
    });
    return text;
  };
  expect(await read(50)).toBe("begun, ended");
  await expect(read(60_000)).rejects.toThrow(/aborted|timed out/);
  expect(streams.errors).toBe(1);
});

it("refuses what the account's concurrency leaves no room for; an event waits for its turn, up to its age", async () => {
  const account = new LambdaAccount({ concurrency: 1 });
  const [busy, other] = [lambda("returns", { account, timeoutMs: 5_000 }), lambda("returns", { account, name: "g" })];
  const first = busy.invoke({ ms: 1_200 });
  await expect(other.invoke({ ms: 0 })).rejects.toMatchObject({ status: 429 });
  await expect(other.invokeWhenFree({ ms: 0 }, 500)).rejects.toMatchObject({ status: 429 });
  expect(await other.invokeWhenFree({ ms: 0 }, 10_000)).toBe("done");
  expect(await first).toBe("done");
});
