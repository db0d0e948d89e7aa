import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { accessViolations, clippedElements, keepScreenshot, looks } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

beforeAll(async () => {
  const drawn = await fetch(`${inject("pageUrl")}/v1/jobs`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${inject("apiKey")}`,
      "content-type": "application/json",
      prefer: "wait=60",
    },
    body: JSON.stringify({ prompt: "a red apple", n: 4 }),
  });
  expect(await drawn.json()).toMatchObject({ status: "succeeded" });
});
afterAll(closeBrowser);

const hostile = `<img src=x onerror="document.title='broken'">`;

/** A request of the API with a key. */
async function call(method: string, path: string, key: string, body?: object): Promise<Response> {
  return fetch(inject("pageUrl") + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function callJson<T>(...args: Parameters<typeof call>): Promise<T> {
  const response = await call(...args);
  expect(response.ok, await response.clone().text()).toBe(true);
  return (await response.json()) as T;
}

describe("keys", () => {
  it("are made with a limit, which holds, shown once, replaced and revoked", async () => {
    const { page, context, complaints } = await openPage({ path: "/account/keys" });
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill(`shop ${hostile}`);
    await page.getByLabel("Monthly limit").fill("zero");
    await page.getByText("Give an amount of 0 or more.").waitFor();
    await page.getByLabel("Monthly limit").fill("0");
    await page.getByRole("button", { name: "Make the key" }).click();

    const dialog = page.getByRole("dialog", { name: "This is the only time it is shown" });
    const value = (await dialog.locator("code").textContent()) ?? "";
    expect(value).toMatch(/^zk_/);
    // Neither Escape nor a press beside it loses the key.
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    await dialog.waitFor();
    await page.getByRole("button", { name: "I have saved it" }).click();

    const refused = await call("POST", "/v1/jobs", value, { prompt: "a robot" });
    expect(refused.status).toBe(402);
    const row = page.getByRole("listitem").filter({ hasText: "shop" });
    await row.getByText("at most $0.00 a month").waitFor();
    expect(await page.title()).toContain("Account");

    await row.getByRole("button").click();
    await page.getByRole("menuitem", { name: "Change limits" }).click();
    await page.getByLabel("Monthly limit").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await row.getByText("at most").waitFor({ state: "detached" });
    // The API knows a key's limits for five seconds.
    await expect.poll(async () => (await call("POST", "/v1/jobs", value, { prompt: "a robot" })).status).toBe(202);

    await row.getByRole("button").click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.getByText("revoked").waitFor();
    await expect.poll(async () => (await call("GET", "/v1/jobs", value)).status, { timeout: 10_000 }).toBe(401);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("show a key that may only read no more than it may see", async () => {
    const { value } = await callJson<{ value: string }>("POST", "/v1/keys", inject("apiKey"), {
      name: "reader",
      scopes: ["jobs:read", "models:read", "usage:read"],
    });
    const { page, context } = await openPage({ path: "/account", withKey: false });
    await page.evaluate((key) => sessionStorage.setItem("zimage.key", key), value);
    await page.goto(`${inject("pageUrl")}/account/keys`);
    await page.getByRole("tab", { name: "Spending" }).waitFor();
    expect(await page.getByRole("tab").count()).toBe(1);
    await context.close();
  });
});

describe("webhooks", () => {
  it("are made, tested, and a message that failed is sent again", async () => {
    let status = 500;
    const receiver = createServer((request, response) =>
      request.resume().on("end", () => response.writeHead(status).end()),
    );
    await once(receiver.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const { page, context, complaints } = await openPage({ path: "/account/hooks" });
    await page.getByRole("button", { name: "New endpoint" }).click();
    await page.getByRole("textbox", { name: "Address" }).fill("ftp://nowhere");
    await page.getByRole("button", { name: "Make the endpoint" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("textbox", { name: "Address" }).fill(url);
    await page.getByLabel("Description").fill(hostile);
    await page.getByRole("button", { name: "Make the endpoint" }).click();
    await page.getByRole("button", { name: "I have saved it" }).click();

    await page.getByRole("button", { name: `Webhooks: ${url}` }).click();
    await page.getByRole("menuitem", { name: "Send a test" }).click();
    const delivery = page.getByRole("listitem").filter({ hasText: "webhook.test" });
    await delivery.getByText("responded 500").waitFor();
    // It is tried again by itself; until then it is not sent a second time.
    await expect.poll(() => delivery.getByText(/waiting|gave up/).count()).toBe(1);
    expect(await accessViolations(page)).toEqual([]);
    await page.getByText(/^Last 24 hours: \d attempts?, 0 % delivered$/).waitFor();
    await delivery.getByRole("button", { name: "webhook.test" }).click();
    const message = page.getByRole("dialog", { name: "webhook.test" });
    await message
      .getByRole("region", { name: "Body" })
      .getByText(/"type": "webhook.test"/)
      .waitFor();
    await message.getByText("responded 500").first().waitFor();
    await message.getByText(url).waitFor();
    expect(await accessViolations(page)).toEqual([]);
    await keepScreenshot(page, "account-delivery");
    await page.keyboard.press("Escape");

    status = 200;
    const again = delivery.getByRole("button", { name: "Send again" });
    if ((await again.getAttribute("aria-disabled")) === "true") {
      expect(await again.getAttribute("title")).toBe("It is still being sent.");
    } else {
      await again.click();
      await delivery.getByText("delivered").waitFor();
    }
    // The browser logs the address that was refused.
    expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
    expect(await page.title()).toContain("Account");
    await context.close();
    receiver.close();
  });
});

describe("the account in every look", () => {
  it.each(looks)("is whole and accessible at $width px, $theme, $language", async (look) => {
    for (const part of ["spending", "keys", "hooks"]) {
      const { page, context, complaints } = await openPage({ ...look, path: `/account/${part}` });
      await page.getByRole("tabpanel").locator("h2").first().waitFor();
      await page.waitForLoadState("networkidle");
      expect(await accessViolations(page)).toEqual([]);
      expect(await clippedElements(page)).toEqual([]);
      await keepScreenshot(page, `account-${part}-${look.width}-${look.language}-${look.theme}`);
      expect(complaints).toEqual([]);
      await context.close();
    }
  });
});
