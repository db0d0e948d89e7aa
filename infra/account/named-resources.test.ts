import { expect, it } from "vitest";
import { InvalidInputError, PipelineError } from "../../shared/errors.ts";
import { checkNamed } from "./named-resources.ts";

const nothing = { tracesHeadersSecret: "", moderationKeySecret: "", usageKeySecret: "", signing: "create" };
const arn = "arn:aws:kms:us-east-1:123456789012:key/1";
const there = { secret: async () => "text", publicKey: async () => new Uint8Array() };
const awsError = (name: string, message: string) => Object.assign(new Error(message), { name });

it("asks for what is named alone", async () => {
  const refused = () => Promise.reject(new Error("asked"));
  expect(await checkNamed(nothing, { secret: refused, publicKey: refused })).toEqual([]);
  expect(await checkNamed({ ...nothing, signing: "off" }, { secret: refused, publicKey: refused })).toEqual([]);
  const all = { tracesHeadersSecret: "a", moderationKeySecret: "b", usageKeySecret: "c", signing: arn };
  expect((await checkNamed(all, there)).map(({ text }) => text)).toEqual([
    "tracesHeadersSecret: a is there",
    "moderationKeySecret: b is there",
    "usageKeySecret: c is there",
    `signing: ${arn} is there`,
  ]);
});

it.each([
  [
    awsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
    "problem",
    /cannot be used: Secrets Manager can't find .*create-secret/,
  ],
  [new InvalidInputError("invalid_config", "the secret b has no text in it"), "problem", /has no text in it; make it/],
  [awsError("AccessDeniedException", "no"), "warning", /may not be read with these credentials, so it was not checked/],
] as const)("says what %o means for a secret", async (error, level, text) => {
  const found = await checkNamed(
    { ...nothing, moderationKeySecret: "b" },
    { ...there, secret: () => Promise.reject(error) },
  );
  expect(found).toEqual([{ level, text: expect.stringMatching(text) }]);
});

it("says why a key cannot sign, by what KMS said", async () => {
  const cause = awsError("DisabledException", `${arn} is disabled.`);
  const publicKey = () => Promise.reject(new PipelineError("signing_failed", "the key did not sign", { cause }));
  expect(await checkNamed({ ...nothing, signing: arn }, { ...there, publicKey })).toEqual([
    {
      level: "problem",
      text: `signing: ${arn} cannot be used: ${arn} is disabled.; name another, or take -c signing=create`,
    },
  ]);
});
