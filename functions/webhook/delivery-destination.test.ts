import { expect, it } from "vitest";
import type { WebhookEndpoint } from "../../shared/webhooks/webhook-endpoints.ts";
import { destinationOf } from "./delivery-destination.ts";

const endpoint = { id: "whe_1", url: "https://now.example/", enabled: true } as WebhookEndpoint;
const row = { endpointId: "whe_1", url: "https://then.example/" };

it("goes to an endpoint's current address, and a job's own webhook to its own", () => {
  expect(destinationOf(row, [endpoint])).toEqual({ url: "https://now.example/", endpoint });
  expect(destinationOf({ ...row, endpointId: undefined }, [endpoint])).toEqual({ url: "https://then.example/" });
});

it("is over for an endpoint that is off or gone", () => {
  expect(destinationOf(row, [{ ...endpoint, enabled: false }])).toEqual({ over: "skipped" });
  expect(destinationOf(row, [])).toEqual({ over: "disabled" });
});
