import { expect, it } from "vitest";
import { signXrayRequest } from "./sign-xray-request.ts";

it("signs host, body and date for X-Ray with the process's credentials", async () => {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });
  try {
    const headers = await signXrayRequest("https://xray.eu-central-1.amazonaws.com/v1/traces", "{}", "eu-central-1");
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/xray\/aws4_request, SignedHeaders=[^,]*host[^,]*, Signature=[0-9a-f]{64}$/,
    );
    // SHA-256 of "{}".
    expect(headers["x-amz-content-sha256"]).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(headers.host).toBeUndefined();
  } finally {
    for (const [name, value] of [
      ["AWS_ACCESS_KEY_ID", id],
      ["AWS_SECRET_ACCESS_KEY", secret],
    ] as const) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});
