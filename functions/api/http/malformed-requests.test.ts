import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maxBodyBytes } from "../../../shared/limits.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { malformedRequest } from "../../../test/support/fuzz/malformed-request.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";

const requests = 1_000;
const seed = 20_261_122;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

async function expectNothingStored() {
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs).toEqual([]);
  expect((await api.queue.depth()).visible).toBe(0);
}

it(`answers ${requests} malformed requests with what is wrong, and stores nothing`, async () => {
  const random = seededRandom(seed);
  for (let i = 0; i < requests; i++) {
    const malformed = malformedRequest(random);
    const response = await api.app.request(malformed.path, {
      method: "POST",
      headers: { authorization: `Bearer ${api.key}`, ...malformed.headers },
      body: malformed.body,
    });
    const text = await response.text();
    const shown = `seed ${seed}, request ${i}: ${malformed.path} ${String(malformed.body).slice(0, 200)} → ${response.status} ${text.slice(0, 400)}`;
    const named = malformed.param.split(".")[0]!;
    // A model is a thing that can be missing, in OpenAI's API.
    const status = malformed.path === "/v1/jobs" || response.status !== 404 ? malformed.status : 404;
    expect(response.status, shown).toBe(status);
    const body = JSON.parse(text);
    if (malformed.path === "/v1/jobs") {
      expect(response.headers.get("content-type"), shown).toBe("application/problem+json");
      expect(
        body.errors.map((error: { param: string }) => error.param.split(".")[0]),
        shown,
      ).toContain(named.split(".")[0]);
    } else {
      expect(body.error.type, shown).toBe("invalid_request_error");
      expect(body.error.param.split(".")[0], shown).toBe(named);
    }
  }
  await expectNothingStored();
  expect(Object.hasOwn(Object.prototype, "n")).toBe(false);
});

describe("a body that is too large", () => {
  const tooLarge = "x".repeat(maxBodyBytes);

  it("is refused by the length it tells", async () => {
    const response = await api.request("POST", "/v1/jobs", tooLarge, { "content-length": String(maxBodyBytes + 1) });
    expect([response.status, await response.json()]).toMatchObject([413, { code: "payload_too_large", param: "body" }]);
  });

  it("is refused while it streams, without being read to its end", async () => {
    let sent = 0;
    const chunk = new Uint8Array(1_000_000).fill(32);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length;
        if (sent > 100_000_000) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } } as const;
    const request = new Request("http://localhost/v1/images/generations", init);
    request.headers.set("authorization", `Bearer ${api.key}`);
    const response = await api.app.request(request);
    expect([response.status, await response.json()]).toMatchObject([413, { error: { code: "payload_too_large" } }]);
    expect(sent).toBeLessThan(maxBodyBytes + 5 * chunk.length);
  });

  it("is not read at all without a key", async () => {
    const response = await api.app.request("/v1/jobs", { method: "POST", body: tooLarge });
    expect(response.status).toBe(401);
  });
});

it.each([[""], ["x".repeat(256)], ["ключ"]])("refuses the Idempotency-Key %j", async (key) => {
  const name = { "idempotency-key": Buffer.from(key).toString("latin1") };
  const response = await api.request("POST", "/v1/jobs", { prompt: "x" }, name);
  expect([response.status, await response.json()]).toMatchObject([400, { param: "Idempotency-Key" }]);
  await expectNothingStored();
});
