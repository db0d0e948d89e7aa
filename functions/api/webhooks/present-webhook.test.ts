import { expect, it } from "vitest";
import type { WebhookEndpoint } from "../../../shared/webhooks/webhook-endpoints.ts";
import type { DeliveryRow } from "../../webhook/delivery-row.ts";
import { presentDelivery, presentEndpoint } from "./present-webhook.ts";

const at = Date.UTC(2026, 0, 31);

it("shows when the older secret of an endpoint ends, and a secret only when it is given", () => {
  const endpoint = {
    id: "we_1",
    url: "https://example.com/hook",
    events: [],
    enabled: false,
    disabled: { reason: "gone", at },
    secrets: [{ value: "whsec_new" }, { value: "whsec_old", expiresAt: at + 1_000 }],
    createdAt: at,
  } as unknown as WebhookEndpoint;
  const shown = presentEndpoint(endpoint);
  expect(shown).toMatchObject({ disabled_reason: "gone", secret_rotates_until: "2026-01-31T00:00:01.000Z" });
  expect(JSON.stringify(shown)).not.toContain("whsec_");
  expect(presentEndpoint(endpoint, "whsec_new").secret).toBe("whsec_new");
});

it("shows the responses under their former name as well", () => {
  const response = { at, latencyMs: 24.6, statusCode: 503, excerpt: "busy" };
  const row = { messageId: "msg_1", createdAt: at, attempt: 1, status: "failed", responses: [response], item: {} };
  const { responses, answers } = presentDelivery(row as unknown as DeliveryRow);
  expect(responses).toEqual([
    { at: "2026-01-31T00:00:00.000Z", status_code: 503, latency_ms: 25, excerpt: "busy", error: null },
  ]);
  expect(answers).toEqual(responses);
});

it("names the next attempt of a pending delivery alone", () => {
  const row = { messageId: "msg_1", createdAt: at, attempt: 1, responses: [], item: { dueAt: at + 5_000 } };
  const pending = presentDelivery({ ...row, status: "pending" } as unknown as DeliveryRow);
  expect(pending).toMatchObject({ next_attempt_at: "2026-01-31T00:00:05.000Z", job_id: null, endpoint_id: null });
  expect(presentDelivery({ ...row, status: "failed" } as unknown as DeliveryRow).next_attempt_at).toBeNull();
});
