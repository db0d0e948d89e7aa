import type { Account, AccountRequest, CreditRequest } from "./api.ts";
import type { RequestOptions, Transport } from "./http/transport.ts";

/** Resource of `/v1/accounts`, for operators' keys. */
export class Accounts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options?: RequestOptions): Promise<readonly Account[]> {
    return (await this.#transport.call("listAccounts", {}, options)).data;
  }

  /** An account without credit or keys. */
  create(request: AccountRequest = {}, options?: RequestOptions): Promise<Account> {
    return this.#transport.call("createAccount", { body: request }, options);
  }

  /** Books an amount in micro-units; the same `reference` once. */
  credit(id: string, request: CreditRequest, options?: RequestOptions): Promise<Account> {
    return this.#transport.call("creditAccount", { id, body: request, repeatable: "always" }, options);
  }
}
