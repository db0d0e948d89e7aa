import type {
  RotatedWebhookSecret,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointRequest,
  WebhookHealth,
  WebhookReplay,
  WebhookReplayRequest,
} from "./api.ts";
import type { QueryOf, RequestOptions, Transport } from "./http/transport.ts";
import { Pages } from "./pages.ts";

export type DeliveryFilter = Omit<NonNullable<QueryOf<"listDeliveries">>, "limit" | "cursor">;

/** Resource of `/v1/webhook-endpoints` and `/v1/deliveries`. */
export class WebhookEndpoints {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The response alone has the `secret`. */
  create(request: WebhookEndpointRequest, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#transport.call("createWebhookEndpoint", { body: request }, options);
  }

  async list(options?: RequestOptions): Promise<readonly WebhookEndpoint[]> {
    return (await this.#transport.call("listWebhookEndpoints", {}, options)).data;
  }

  get(id: string, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#transport.call("getWebhookEndpoint", { id }, options);
  }

  update(id: string, change: WebhookEndpointChange, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#transport.call("updateWebhookEndpoint", { id, body: change }, options);
  }

  async delete(id: string, options?: RequestOptions): Promise<void> {
    await this.#transport.callRaw("deleteWebhookEndpoint", { id }, async () => {}, options);
  }

  /** A new `secret`; the old one signs as well for 24 hours. */
  rotateSecret(id: string, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.#transport.call("rotateWebhookSecret", { id }, options);
  }

  /** Send a message of type `webhook.test`. */
  test(id: string, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.#transport.call("testWebhookEndpoint", { id }, options);
  }

  /** Newest first. @param id - of an endpoint, or `default` for the webhooks of single jobs */
  deliveries(id: string, filter: DeliveryFilter = {}, options?: RequestOptions): Pages<WebhookDelivery> {
    return new Pages((cursor) => {
      const query = { ...filter, limit: "100", cursor };
      return this.#transport.call("listDeliveries", { id, query }, options);
    });
  }

  /** Send messages again that were created since a given time. */
  replay(id: string, request: WebhookReplayRequest, options?: RequestOptions): Promise<WebhookReplay> {
    return this.#transport.call("replayWebhookEndpoint", { id, body: request }, options);
  }

  /** Attempts by the hour. @param id - `default` for the webhooks of single jobs */
  health(
    id: string,
    query: NonNullable<QueryOf<"getWebhookHealth">> = {},
    options?: RequestOptions,
  ): Promise<WebhookHealth> {
    return this.#transport.call("getWebhookHealth", { id, query }, options);
  }

  /** One message, with its body as it would be sent now. @param deliveryId - the message's `webhook-id` */
  delivery(deliveryId: string, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.#transport.call("getDelivery", { id: deliveryId }, options);
  }

  /** @param deliveryId - the message's `webhook-id` */
  redeliver(deliveryId: string, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.#transport.call("redeliver", { id: deliveryId }, options);
  }

  /** Secret that signs the webhooks of single jobs. */
  async defaultSecret(options?: RequestOptions): Promise<string> {
    return (await this.#transport.call("getWebhookSecret", {}, options)).key;
  }

  /** A new secret for the webhooks of single jobs; the old one signs as well until `previous_until`, for 24 hours. */
  rotateDefaultSecret(options?: RequestOptions): Promise<RotatedWebhookSecret> {
    return this.#transport.call("rotateDefaultWebhookSecret", {}, options);
  }
}
