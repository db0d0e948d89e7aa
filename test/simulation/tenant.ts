import { ApiKeys } from "../../shared/access/api-keys.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import type { Temper } from "./receivers.ts";

/** An account with its key, and where its messages go. */
export interface Tenant {
  readonly accountId: string;
  readonly key: string;
  readonly endpoints: readonly { readonly url: string; readonly events: readonly string[] }[];
  /** Its jobs' own webhooks go there. */
  readonly ownUrl: string;
}

interface TenantDependencies {
  readonly items: Items;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * Four accounts with receivers of every temper, and money enough.
 * @param tempers - is told of each receiver's address
 */
export async function openTenants(
  { items, clock, newId }: TenantDependencies,
  tempers: Map<string, Temper>,
): Promise<Tenant[]> {
  const apiKeys = new ApiKeys({ items, clock, newId });
  const accounts = new Accounts({ items, clock });
  const endpoints = new WebhookEndpoints({ items, clock, newId });
  const kinds: readonly [
    Temper,
    readonly { temper: Temper; events: readonly ("job.started" | "job.progress" | "job.succeeded")[] }[],
  ][] = [
    ["good", []],
    ["flaky", [{ temper: "good", events: [] }]],
    [
      "good",
      [
        { temper: "flaky", events: ["job.started", "job.progress", "job.succeeded"] },
        { temper: "flaky", events: [] },
      ],
    ],
    ["flaky", [{ temper: "dead", events: ["job.started", "job.succeeded"] }]],
  ];
  const tenants: Tenant[] = [];
  for (const [i, [own, places]] of kinds.entries()) {
    const { id: accountId } = await apiKeys.createAccount(`tenant ${i}`);
    await accounts.credit(accountId, { amount: 1_000_000_000, reference: "first" });
    const { value: key } = await apiKeys.createKey(accountId);
    const ownUrl = `https://own-${i}.example/hook`;
    tempers.set(ownUrl, own);
    const made = [];
    for (const [j, { temper, events }] of places.entries()) {
      const url = `https://endpoint-${i}-${j}.example/hook`;
      tempers.set(url, temper);
      await endpoints.create(accountId, { url, events });
      made.push({ url, events });
    }
    tenants.push({ accountId, key, endpoints: made, ownUrl });
  }
  return tenants;
}
