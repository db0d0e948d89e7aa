import type { WebhookEndpoint } from "../../shared/webhooks/webhook-endpoints.ts";
import type { DeliveryRow, DeliveryStatus } from "./delivery-row.ts";

/** Destination of a row. */
export interface Destination {
  readonly url: string;
  readonly endpoint?: WebhookEndpoint;
}

/** Destination of a row, or the final status of a row without one. */
export function destinationOf(
  { endpointId, url }: Pick<DeliveryRow, "endpointId" | "url">,
  endpoints: readonly WebhookEndpoint[],
): Destination | { readonly over: DeliveryStatus } {
  if (endpointId === undefined) return { url };
  const endpoint = endpoints.find(({ id }) => id === endpointId);
  if (endpoint === undefined) return { over: "disabled" };
  return endpoint.enabled ? { url: endpoint.url, endpoint } : { over: "skipped" };
}
