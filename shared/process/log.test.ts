import { expect, it } from "vitest";
import { createLog, type LogFormat, processLog } from "./log.ts";

function lines(format: LogFormat, colours = false) {
  const written: string[] = [];
  const log = createLog({
    write: (line) => written.push(line),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    format,
    colours,
  });
  return { written, log };
}

it("writes one JSON object per line, with time and level", () => {
  const { written, log } = lines("json");
  log("warn", "request refused", { requestId: "req_1", status: 401, keyId: undefined });
  expect(written).toEqual([
    '{"time":"2026-01-02T03:04:05.006Z","level":"warn","message":"request refused","requestId":"req_1","status":401}\n',
  ]);
});

it("writes lines for people, whose fields cannot move the cursor, and a stack below", () => {
  const { written, log } = lines("pretty");
  log("error", "request failed", {
    path: "/v1/jobs",
    reason: "a b",
    code: "\u001b[2J",
    list: ["x"],
    error: "Error: no\n    at x",
  });
  expect(written[0]!.replace(/^\S+/, "TIME")).toBe(
    'TIME ERROR request failed path=/v1/jobs reason="a b" code=\\u001b[2J list=["x"]\n    error: Error: no\n        at x\n',
  );
  const coloured = lines("pretty", true);
  coloured.log("info", "ready");
  expect(coloured.written[0]).toContain("\u001b[36mINFO ");
});

it.each([
  [true, {}, "pretty"],
  [false, {}, "json"],
  [true, { LOG_FORMAT: "json" }, "json"],
  [false, { LOG_FORMAT: "pretty" }, "pretty"],
])("on a terminal (%s) with %j it is %s", (isTTY, env, format) => {
  const written: string[] = [];
  const stream = { isTTY, write: (line: string) => written.push(line) } as unknown as NodeJS.WriteStream;
  processLog({ env: { NO_COLOR: "1", ...env }, stream })("info", "ready");
  expect(written[0]!.startsWith("{") ? "json" : "pretty").toBe(format);
});
