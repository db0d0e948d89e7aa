import type { Key, KeyChange, KeyRequest, KeyRotation } from "./api.ts";
import type { RequestOptions, Transport } from "./http/transport.ts";

/** Resource of `/v1/keys`, for keys that may manage the account's keys. */
export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Oldest first. */
  async list(options?: RequestOptions): Promise<readonly Key[]> {
    return (await this.#transport.call("listKeys", {}, options)).data;
  }

  /** The response alone has the key's `value`. */
  create(request: KeyRequest = {}, options?: RequestOptions): Promise<Key> {
    return this.#transport.call("createKey", { body: request }, options);
  }

  get(id: string, options?: RequestOptions): Promise<Key> {
    return this.#transport.call("getKey", { id }, options);
  }

  update(id: string, change: KeyChange, options?: RequestOptions): Promise<Key> {
    return this.#transport.call("changeKey", { id, body: change }, options);
  }

  revoke(id: string, options?: RequestOptions): Promise<Key> {
    return this.#transport.call("revokeKey", { id }, options);
  }

  /** A new `value`; the old one works on for `overlap_s`. */
  rotate(id: string, rotation: KeyRotation = {}, options?: RequestOptions): Promise<Key> {
    return this.#transport.call("rotateKey", { id, body: rotation }, options);
  }
}
