import { type AccountLimit, giveRoomBack, writeWithin } from "../access/account-room.ts";
import { ConflictError, NotFoundError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import type { WebhookEventType } from "./webhook-event.ts";
import { newWebhookSecret } from "./webhook-signature.ts";

/** A URL, chosen by the account, that receives the account's events. */
export interface WebhookEndpoint {
  /** `whe_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly description: string;
  /** Empty: everything but `job.started` and `job.progress`. */
  readonly events: readonly WebhookEventType[];
  readonly enabled: boolean;
  /** Why and when it was switched off, unless that was its owner's doing. */
  readonly disabled?: { readonly at: number; readonly reason: "gone" | "failing" };
  /** Newest first; messages are signed with all that have not expired. */
  readonly secrets: readonly { readonly value: string; readonly expiresAt?: number }[];
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number;
  /** Written at most once a minute. */
  readonly lastSuccessAt?: number;
}

const endpointRecord = recordType<WebhookEndpoint>("webhook endpoint", ["id", "url", "enabled", "secrets"]);

export type EndpointChange = Partial<Pick<WebhookEndpoint, "url" | "description" | "events" | "enabled">>;

export const maxEndpointsPerAccount = 20;
/** Both secrets sign for this long after a rotation, in milliseconds. */
export const secretOverlapMs = 86_400_000;
const successEveryMs = 60_000;
/** Secrets that sign one message, the newest included. */
export const maxSecrets = 4;

/** Every endpoint of the account, oldest first, switched off ones too. Strongly consistent. */
export async function readEndpoints(items: Items, accountId: string): Promise<WebhookEndpoint[]> {
  const { items: found } = await items.query({ index: "main", partition: accountPk(accountId), prefix: "WHE#" });
  return found.map(endpointRecord.read);
}

/** The secrets that a message is signed with at this moment, newest first. */
export function liveSecrets({ secrets }: WebhookEndpoint, now: number): string[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now).map(({ value }) => value);
}

export class WebhookEndpoints {
  readonly #items: Items;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor({ items, clock, newId }: { items: Items; clock: Clock; newId: () => string }) {
    this.#items = items;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** @throws ConflictError `webhook_endpoint_limit` */
  async create(
    accountId: string,
    { url, events = [], description = "", enabled = true }: EndpointChange & { readonly url: string },
  ): Promise<WebhookEndpoint> {
    const endpoint: WebhookEndpoint = {
      id: `whe_${this.#newId()}`,
      accountId,
      url,
      description,
      events,
      enabled,
      secrets: [{ value: newWebhookSecret() }],
      createdAt: this.#clock.now(),
    };
    const put = { ...endpointKey(accountId, endpoint.id), data: endpointRecord.write(endpoint) };
    const at = { items: this.#items, clock: this.#clock };
    await writeWithin(at, [{ limit: this.#limit(accountId) }], [{ put, if: { absent: true } }]);
    return endpoint;
  }

  /** Oldest first. */
  list(accountId: string): Promise<WebhookEndpoint[]> {
    return readEndpoints(this.#items, accountId);
  }

  async find(accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
    const item = await this.#read(accountId, id);
    return item && endpointRecord.read(item);
  }

  /** @throws NotFoundError `webhook_endpoint_not_found`, as all calls below */
  async get(accountId: string, id: string): Promise<WebhookEndpoint> {
    const found = await this.find(accountId, id);
    if (found === undefined) throw endpointNotFound(id);
    return found;
  }

  /** Switching on forgives what switched it off. */
  update(accountId: string, id: string, change: EndpointChange): Promise<WebhookEndpoint> {
    return this.#change(accountId, id, ({ disabled, ...endpoint }) => ({
      ...endpoint,
      disabled: disabled !== undefined && change.enabled !== true ? disabled : undefined,
      ...change,
    }));
  }

  async remove(accountId: string, id: string): Promise<void> {
    for (;;) {
      const item = await this.#read(accountId, id);
      if (item === undefined) throw endpointNotFound(id);
      try {
        const endpoint = { delete: endpointKey(accountId, id), if: { version: item.version } };
        return await this.#items.write([endpoint, giveRoomBack(this.#limit(accountId))]);
      } catch (error) {
        // A concurrent change: read it again.
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  }

  /** A new secret, first in the list; the ones before it go on signing for `secretOverlapMs`. */
  rotateSecret(accountId: string, id: string): Promise<WebhookEndpoint> {
    const value = newWebhookSecret();
    return this.#change(accountId, id, (endpoint, now) => {
      const kept = endpoint.secrets
        .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
        .slice(0, maxSecrets - 1)
        .map((secret) => ({ ...secret, expiresAt: secret.expiresAt ?? now + secretOverlapMs }));
      return { ...endpoint, secrets: [{ value }, ...kept] };
    });
  }

  /** A message got through. */
  async noteSuccess({ accountId, id, lastSuccessAt = 0 }: WebhookEndpoint): Promise<void> {
    if (this.#clock.now() - lastSuccessAt < successEveryMs) return;
    await this.#change(accountId, id, (endpoint, now) => ({ ...endpoint, lastSuccessAt: now }));
  }

  /**
   * Disable an endpoint because of its responses.
   * @param messages - written in the same transaction, so that no receiver is told of what did not happen
   * @returns false when it is off already, or `stillHolds` no longer does
   */
  async disable(
    accountId: string,
    id: string,
    reason: "gone" | "failing",
    messages: (disabled: WebhookEndpoint) => Promise<Write[]>,
    stillHolds: (endpoint: WebhookEndpoint) => boolean,
  ): Promise<boolean> {
    let done = false;
    await this.#change(
      accountId,
      id,
      (endpoint, at) => {
        done = endpoint.enabled && stillHolds(endpoint);
        return done ? { ...endpoint, enabled: false, disabled: { at, reason } } : endpoint;
      },
      (endpoint) => (done ? messages(endpoint) : Promise.resolve([])),
    );
    return done;
  }

  #limit(accountId: string): AccountLimit {
    const message = `an account has at most ${maxEndpointsPerAccount} webhook endpoints; delete one first`;
    return {
      name: "endpoints",
      accountId,
      most: maxEndpointsPerAccount,
      count: async () => (await this.list(accountId)).length,
      refused: () => new ConflictError("webhook_endpoint_limit", message),
    };
  }

  /** Ids are user input: malformed ones are not looked up. */
  async #read(accountId: string, id: string): Promise<Item | undefined> {
    return /^[\w-]{1,64}$/.test(id) ? this.#items.get(endpointKey(accountId, id)) : undefined;
  }

  async #change(
    accountId: string,
    id: string,
    step: (endpoint: WebhookEndpoint, now: number) => WebhookEndpoint,
    more: (changed: WebhookEndpoint) => Promise<Write[]> = async () => [],
  ): Promise<WebhookEndpoint> {
    for (;;) {
      const item = await this.#read(accountId, id);
      if (item === undefined) throw endpointNotFound(id);
      const before = endpointRecord.read(item);
      const after = step(before, this.#clock.now());
      if (after === before) return before;
      try {
        const put = { ...endpointKey(accountId, id), data: endpointRecord.write(after) };
        await this.#items.write([{ put, if: { version: item.version } }, ...(await more(after))]);
        return after;
      } catch (error) {
        // A concurrent change: read it again.
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  }
}

function accountPk(accountId: string): string {
  return `ACC#${accountId}`;
}

function endpointKey(accountId: string, id: string) {
  return { pk: accountPk(accountId), sk: `WHE#${id}` };
}

function endpointNotFound(id: string): NotFoundError {
  return new NotFoundError(
    "webhook_endpoint_not_found",
    `this account has no webhook endpoint ${JSON.stringify(id.slice(0, 60))}`,
    {
      param: "id",
    },
  );
}
