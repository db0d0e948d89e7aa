import { expect, it } from "vitest";
import { CanceledError, InvalidFileError, InvalidInputError, LimitError, PipelineError } from "./errors.ts";

it("is not retryable unless it says so, and keeps its cause and field", () => {
  const cause = new Error("disk");
  const error = new InvalidInputError("invalid_size", "width is wrong", { param: "width", cause });
  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toMatchObject({ name: "InvalidInputError", code: "invalid_size", retryable: false, param: "width" });
  expect(error.cause).toBe(cause);
  expect("cause" in new PipelineError("x", "y")).toBe(false);
});

it("lets a request over a limit be tried again, and neither a damaged file nor canceled work", () => {
  expect(new LimitError("queue_full", "too many", 5)).toMatchObject({ retryable: true, retryAfterS: 5 });
  expect(new InvalidFileError("cut off")).toMatchObject({ code: "invalid_file", retryable: false });
  expect(new CanceledError()).toMatchObject({ code: "canceled", retryable: false });
});
