import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const hostile = `<img src=x onerror="document.title='broken'">`;

const limits = {};
const operatorKey = {
  id: "key_1",
  object: "key",
  name: "operator",
  hint: "zk_live_op",
  scopes: ["*", "accounts:admin"],
  created_at: "2026-11-01T00:00:00Z",
  expires_at: null,
  limits,
  account: { id: "acc_1", name: "service", unlimited: true, limits },
  balance: null,
};

const minute = (ago: number) => new Date(Date.now() - ago * 60_000).toISOString();

const state = {
  object: "operations",
  at: minute(0),
  lanes: [
    { lane: "interactive", waiting: 3, running: 2, oldest_age_s: 4.25 },
    { lane: "batch", waiting: 12_480, running: 6, oldest_age_s: null },
  ],
  models: [{ id: "z-image-turbo", workers: 2, seconds_per_job: 5.1 }],
  workers: [0, 1].map((n) => ({
    id: `gpu-worker-${n}-with-quite-a-long-name`,
    model: "z-image-turbo",
    state: n === 0 ? "drawing" : "idle",
    job_id: null,
    device: "cuda",
    runtime: "node",
    plan: null,
    memory_bytes: 15_200_000_000,
    started_at: minute(90),
    last_seen_at: minute(0),
    images_last_hour: 700,
    seconds_per_image: 5.12,
  })),
  images: {
    per_minute: Array.from({ length: 60 }, (_, i) => ({ at: minute(60 - i), images: 10 + (i % 7) })),
    total: 700,
  },
  wait: { p50_s: 1.2, p95_s: 14, jobs: 700 },
  failures: [{ code: hostile, count: 3 }],
  webhooks: [{ at: minute(60), attempts: { delivered: 690, failed: 2 } }],
  accounts: {
    count: 1,
    available: 5_000_000,
    available_decimal: "5",
    held: 0,
    held_decimal: "0",
    open_jobs: 0,
    currency: "USD",
  },
  prices: [
    {
      effective_from: "2026-01-01T00:00:00Z",
      in_force: true,
      rates: [{ model: "z-image-turbo", interactive: 2_000, batch: 1_000 }],
    },
  ],
};

const balance = {
  currency: "USD",
  available: 5_000_000,
  available_decimal: "5",
  held: 0,
  held_decimal: "0",
  open_jobs: 0,
  spent_this_month: 0,
  spent_this_month_decimal: "0",
};
const account = {
  id: "acc_2",
  object: "account",
  name: `shop ${hostile}`,
  created_at: minute(9_000),
  terms: {},
  balance,
};

/** The page before a key with the scope `accounts:admin` and a service under load. */
async function openAsOperator(look: Partial<Parameters<typeof openPage>[0]> = {}) {
  const opened = await openPage(look);
  const credits: unknown[] = [];
  await opened.page.route("**/v1/key", (route) => route.fulfill({ json: operatorKey }));
  await opened.page.route("**/v1/operations", (route) => route.fulfill({ json: state }));
  await opened.page.route("**/v1/accounts", (route) => route.fulfill({ json: { object: "list", data: [account] } }));
  await opened.page.route("**/v1/accounts/*/credits", (route) => {
    credits.push(route.request().postDataJSON());
    return route.fulfill({ json: account });
  });
  await goTo(opened.page);
  return { ...opened, credits };
}

async function goTo(page: Page): Promise<void> {
  await page.goto(new URL("/operate", page.url()).href);
  await page.getByRole("heading", { name: /Workers|工作进程/ }).waitFor();
  await page.locator("canvas").waitFor();
}

describe("the operations", () => {
  it("show what waits and book credit once its reference is given", async () => {
    const { page, context, complaints, credits } = await openAsOperator();
    await page.getByText("12,480").waitFor();
    await page.getByRole("button", { name: "Add credit" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Amount").fill("2.5");
    await dialog.getByRole("button", { name: "Add credit" }).click();
    await dialog.getByText("Give a reference").waitFor();
    await dialog.getByLabel("Reference").fill("INV-1");
    await dialog.getByRole("button", { name: "Add credit" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(credits).toEqual([{ amount: 2_500_000, reference: "INV-1" }]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toContain("Operate");
    await context.close();
  });

  it("are not shown to other keys", async () => {
    const { page, context } = await openPage({ path: "/operate" });
    await page.getByText("This key may not look at the service").waitFor();
    expect(await page.getByRole("link", { name: "Operate" }).count()).toBe(0);
    await context.close();
  });

  it.each(looks)("are whole and accessible at $width px, $theme, $language", async (look) => {
    const { page, context, complaints } = await openAsOperator(look);
    expect(await accessViolations(page)).toEqual([]);
    expect(await clippedElements(page)).toEqual([]);
    await keepScreenshot(page, `operate-${look.width}-${look.language}-${look.theme}`, { fullPage: true });
    expect(complaints).toEqual([]);
    await context.close();
  });
});
