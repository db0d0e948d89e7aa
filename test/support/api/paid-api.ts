import { expect } from "vitest";
import { Accounts } from "../../../shared/money/accounts.ts";
import { auditAccount } from "../../../shared/money/audit-ledger.ts";
import { parsePriceList } from "../../../shared/money/price-list.ts";
import { openApi, turbo } from "./api-under-test.ts";

const rates = (interactive: number, batch: number) => [{ model: "*", interactive, batch }];

/** They double in the year 2100. */
export const testPrices = parsePriceList(
  [
    { effectiveFrom: "2026-01-01T00:00:00Z", currency: "USD", rates: rates(1_000, 500) },
    { effectiveFrom: "2100-01-01T00:00:00Z", currency: "USD", rates: rates(2_000, 1_000) },
  ],
  "test",
);

export const smallRequest = { prompt: "a fox", size: "256x256", steps: 2, seed: 1 };
/** 1,000 micro-units · 0.065536 megapixels · 2 steps = 131.072, rounded up. */
export const smallCost = 132;

export type PaidApi = Awaited<ReturnType<typeof openPaidApi>>;

/**
 * The API with prices, and an account that pays from a balance of 1,000 micro-units. Closing it audits every ledger.
 */
export async function openPaidApi(given: Parameters<typeof openApi>[0] = {}) {
  const api = await openApi({ prices: testPrices, models: [turbo], ...given });
  const accounts = new Accounts(api);

  async function newPayer(credit: number, limits = {}, terms = {}) {
    const { id } = await api.apiKeys.createAccount("payer", terms);
    if (credit > 0) await accounts.credit(id, { amount: credit, reference: "first" });
    const { value, key } = await api.apiKeys.createKey(id, { limits });
    return { id, key: value, keyId: key.id };
  }

  const payer = await newPayer(1_000);

  return {
    ...api,
    accounts,
    payer,
    newPayer,
    /** A request with the payer's key, or `key`, and what came back. */
    async ask(method: string, path: string, body?: unknown, key = payer.key, headers = {}) {
      const response = await api.request(method, path, body, { authorization: `Bearer ${key}`, ...headers });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text.startsWith("{") ? JSON.parse(text) : {},
      };
    },
    async close() {
      for (const { id } of await accounts.list()) {
        expect((await auditAccount(api.items, id)).discrepancies).toEqual([]);
      }
      await api.close();
    },
  };
}
