import { expect, it } from "vitest";
import { InvalidInputError } from "../../../shared/errors.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { problemResponse } from "./problem.ts";
import { prefersChinese } from "./problem-zh.ts";

const context = { requestId: "req_1", path: "/v1/jobs", acceptLanguage: undefined };

it("names every field that is wrong, and how to find the request in the log", async () => {
  const errors = [
    { param: "size", code: "invalid_size", message: "size is wrong" },
    { param: "n", code: "invalid_value", message: "n is wrong" },
  ] as const;
  const response = problemResponse(new InvalidRequestError([...errors]), context);
  expect([response.status, response.headers.get("content-language")]).toEqual([400, "en"]);
  expect(await response.json()).toMatchObject({ errors, request_id: "req_1", instance: "/v1/jobs", retryable: false });
});

it("is Chinese for a client that prefers it, with the field and the numbers", async () => {
  const error = new InvalidInputError("invalid_value", "n must be 1 to 4, got 9", { param: "n" });
  const response = problemResponse(error, { ...context, acceptLanguage: "zh-CN,en;q=0.5" });
  expect(response.headers.get("content-language")).toBe("zh");
  expect(await response.json()).toMatchObject({
    detail: "字段 n 的值无效。（n must be 1 to 4, got 9）",
    code: "invalid_value",
  });
});

it.each([
  [undefined, false],
  ["zh", true],
  ["en, zh;q=0.9", false],
  ["en;q=0.1, zh-TW;q=0.2", true],
  ["*, zh;q=0.5", false],
  ["zh;q=0", false],
])("takes Accept-Language %j for Chinese: %j", (header, chinese) => {
  expect(prefersChinese(header)).toBe(chinese);
});
