import { expect, it } from "vitest";
import { meanings, problems } from "./openapi-parts.ts";

it("gives every status its meaning, and its example a code that a program may retry on or not", () => {
  const responses = problems(400, 401, 429, 503) as { [status: string]: ProblemResponse };
  const example = (status: number) => responses[status]!.content["application/problem+json"].example;
  expect(responses[401]!.description).toBe(meanings[401]);
  expect(example(401)).toMatchObject({ code: "unauthorized", status: 401, retryable: false });
  expect([example(429)?.retryable, example(503)?.retryable]).toEqual([true, true]);
  // The schema has a 400 of its own.
  expect(example(400)).toBeUndefined();
});

interface ProblemResponse {
  readonly description: string;
  readonly content: { readonly "application/problem+json": { readonly example?: { readonly retryable: boolean } } };
}
