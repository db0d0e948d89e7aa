import { expect, it } from "vitest";
import { deliverySpan } from "./delivery-span.ts";

const row = { messageId: "msg_1", jobId: "job_1", attempt: 2 };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const at = { host: "shop.example.com", endMs: 9_000 };

it("is one attempt at a receiver, below the caller's span", () => {
  const result = { outcome: "retry", latencyMs: 700, statusCode: 503, traceparent } as const;
  expect(deliverySpan(row, { ...result, error: { code: "webhook_status", message: "503" } }, at)).toMatchObject({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    parentSpanId: "b7ad6b7169203331",
    startMs: 8_300,
    endMs: 9_000,
    error: "webhook_status",
    attributes: { "server.address": "shop.example.com", "http.response.status_code": 503, "z_image.attempt": 2 },
  });
});

it("is none where the trace is not recorded", () => {
  expect(deliverySpan(row, { outcome: "delivered", latencyMs: 1 }, at)).toBeUndefined();
});
