import { expect, it } from "vitest";
import type { Job, Problem } from "../api.ts";
import { ApiError, ConnectionError, JobError } from "../errors.ts";
import { describeError, errorJson } from "./describe-error.ts";

const problem = (changes: Partial<Problem>) =>
  new ApiError(
    {
      detail: "width must be 64 to 2048, got 1",
      code: "invalid_size",
      request_id: "req_1",
      errors: [],
      ...changes,
    } as Problem,
    {
      status: 400,
    },
  );
const wrong = (param: string, message: string) => ({ param, code: "invalid_size", message, values: {} });

it("names the field once, then the other ones, each on a line", () => {
  expect(describeError(problem({ errors: [wrong("width", "x"), wrong("steps", "steps must be 1")] }))).toBe(
    "width must be 64 to 2048, got 1 (invalid_size, req_1)\n  steps must be 1",
  );
  expect(describeError(problem({ detail: "is required", errors: [wrong("loras.0.id", "x")] }))).toMatch(
    /^loras.0.id: is required/,
  );
  expect(describeError(problem({ request_id: "" })), "from a proxy").not.toContain("req_");
});

it("says of anything else what it says itself", () => {
  expect(describeError(new Error("no such file"))).toBe("no such file");
  expect(describeError("text")).toBe("text");
});

it("tells kinds of errors apart for programs", () => {
  const job = { id: "job_1", status: "failed", error: { code: "engine_failed", message: "m" } } as unknown as Job;
  expect(errorJson(problem({}))).toMatchObject({ kind: "api", status: 400, code: "invalid_size", request_id: "req_1" });
  expect(errorJson(new JobError(job))).toMatchObject({ kind: "job", code: "engine_failed", job });
  expect(errorJson(new ConnectionError("refused"))).toEqual({
    type: "error",
    kind: "ConnectionError",
    message: "refused",
  });
  expect(errorJson(new Error("wrong option"))).toMatchObject({ kind: "usage" });
});
