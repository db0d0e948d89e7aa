import { expect, it } from "vitest";
import { InvalidInputError, SpendError } from "../../../shared/errors.ts";
import { InvalidRequestError, parseFields } from "../../../shared/request/field-errors.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { problemResponse } from "./problem.ts";
import { prefersChinese } from "./problem-zh.ts";
import type { Problem } from "./service-responses.ts";

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

it("has every field in Chinese, with the values that programs go by", async () => {
  const body = { prompt: 5, n: 9, size: "x".repeat(99), steps: 0, output: { format: "gif" }, nonsense: 1, tiled: "y" };
  const thrown = (() => {
    try {
      return parseFields(imageRequestSchema, body);
    } catch (error) {
      return error;
    }
  })();
  const response = problemResponse(thrown, { ...context, acceptLanguage: "zh" });
  const problem = (await response.json()) as Problem;
  expect(problem.errors).toEqual(
    expect.arrayContaining([
      {
        param: "prompt",
        code: "invalid_value",
        message: "prompt 必须是文本，收到 5",
        values: { expected: "string", received: "5" },
      },
      { param: "n", code: "invalid_value", message: "n 必须不大于 4，收到 9", values: { maximum: 4, received: 9 } },
      {
        param: "steps",
        code: "invalid_value",
        message: "steps 必须不小于 1，收到 0",
        values: { minimum: 1, received: 0 },
      },
      {
        param: "output.format",
        code: "invalid_value",
        message: 'output.format 必须是 png、jpeg、webp、avif 之一，收到 "gif"',
        values: { choices: ["png", "jpeg", "webp", "avif"], received: '"gif"' },
      },
      { param: "nonsense", code: "unknown_field", message: "未知字段 nonsense", values: {} },
    ]),
  );
  for (const { message, param } of problem.errors) expect(message, param).toMatch(/\p{Script=Han}/u);
  expect(problem.detail).toMatch(/^.*（另有 \d 处错误，见 errors）$/);
});

it("gives the numbers of a balance, in both languages", async () => {
  const values = { needed: 20_000, available: 4_000, currency: "USD" };
  const error = new SpendError("insufficient_balance", "in English", { values });
  expect(await problemResponse(error, context).json()).toMatchObject({ detail: "in English", values, errors: [] });
  const chinese = (await problemResponse(error, { ...context, acceptLanguage: "zh" }).json()) as Problem;
  expect(chinese.detail).toMatch(/本次需要 20000，还剩 4000/);
  // An error without the numbers keeps its English sentence: better than one with holes.
  const bare = new SpendError("insufficient_balance", "in English");
  const kept = (await problemResponse(bare, { ...context, acceptLanguage: "zh" }).json()) as Problem;
  expect(kept.detail).toBe("in English");
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
