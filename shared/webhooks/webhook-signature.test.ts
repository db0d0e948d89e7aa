import { validateWebhook } from "replicate";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import { newWebhookSecret, signWebhook } from "./webhook-signature.ts";

const body = JSON.stringify({ type: "job.succeeded", data: { prompt: "一只猫, naïve ☕" } });
const now = () => Math.floor(Date.now() / 1000);

function sign(secrets: readonly string[], timestampS = now()) {
  return { ...signWebhook({ id: "msg_01JABCDEF", timestampS, body, secrets }) };
}

describe("signWebhook", () => {
  it("gives the worked example of the specification", () => {
    // Source: the example of the Standard Webhooks libraries' own tests.
    const headers = signWebhook({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampS: 1614265330,
      body: '{"test": 2432232314}',
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  const [current, previous] = [newWebhookSecret(), newWebhookSecret()];
  for (const [name, secrets, verifyWith] of [
    ["one secret", [current], current],
    ["a rotation, verified with the new secret", [current, previous], current],
    ["a rotation, verified with the old secret", [current, previous], previous],
  ] as const) {
    it(`is accepted by three independent verifiers: ${name}`, async () => {
      const headers = sign(secrets);
      expect(new StandardWebhook(verifyWith).verify(body, headers)).toEqual(JSON.parse(body));
      expect(() => new SvixWebhook(verifyWith).verify(body, headers)).not.toThrow();
      await expect(
        validateWebhook({
          id: headers["webhook-id"],
          timestamp: headers["webhook-timestamp"],
          signature: headers["webhook-signature"],
          body,
          secret: verifyWith,
        }),
      ).resolves.toBe(true);
    });
  }

  it("is refused by them with another secret, another body, or when stale", () => {
    const verifier = new StandardWebhook(current);
    expect(() => verifier.verify(body, sign([previous]))).toThrow(/signature/);
    expect(() => verifier.verify(`${body} `, sign([current]))).toThrow(/signature/);
    expect(() => verifier.verify(body, sign([current], now() - 301))).toThrow(/too old/);
  });

  it.each([
    ["no prefix", Buffer.alloc(32, 7).toString("base64")],
    ["23 bytes", `whsec_${Buffer.alloc(23, 7).toString("base64")}`],
    ["65 bytes", `whsec_${Buffer.alloc(65, 7).toString("base64")}`],
    ["not base64", "whsec_****************************************"],
    ["empty", "whsec_"],
  ])("refuses a secret with %s without repeating it", (_name, secret) => {
    const refuse = () => sign([secret]);
    expect(refuse).toThrow(expect.objectContaining({ code: "webhook_secret_invalid" }));
    if (secret.length > 12) expect(refuse).not.toThrow(secret.slice(0, 12));
  });

  it("refuses an id with a dot, which would let two messages share one signature", () => {
    expect(() => signWebhook({ id: "msg.1", timestampS: 1, body, secrets: [current] })).toThrow(/dots/);
  });
});
