import { afterAll, expect, inject, it } from "vitest";
import { type Run, type RunRequest, ZImageClient } from "../../sdk/src/index.ts";
import { accessViolations, keepScreenshot } from "./browser/check-page.ts";
import { closeBrowser, openPage } from "./browser/open-page.ts";

afterAll(closeBrowser);

const client = () => new ZImageClient({ baseUrl: inject("pageUrl"), apiKey: inject("apiKey") });
const shots: NonNullable<RunRequest["shots"]> = [
  { id: "main", method: "draw", size: "64x64", steps: 1, prompt: "a {{title}}" },
];

async function makeRun(name: string, wishes: Partial<RunRequest> = {}): Promise<Run> {
  const { runs } = client();
  const rows = ["teapot", "mug", "rocket"].map((title, index) => ({ sku: `C-${index}`, title }));
  const { id } = await runs.create({ source: { rows }, shots, run_key: name, metadata: { name }, ...wishes });
  return runs.wait(id, { timeoutMs: 60_000 });
}

it("says why a run has paused at its limit, takes another limit, and goes on to its end", async () => {
  const run = await makeRun("limited", { max_cost: 0, start: true });
  expect(run.paused?.code).toBe("max_cost");
  const { page, context } = await openPage({ path: `/runs/${run.id}` });
  await page.getByText("it would cost more than you allowed").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, "runs-paused-1440-en-light");
  expect(await page.getByLabel("Spend at most").inputValue()).toBe("0.01");
  await page.getByRole("button", { name: "Raise and go on" }).click();
  await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText("3 / 3").waitFor();
  await context.close();
});

it.each([
  ["insufficient_balance", "the balance is used up", "Add credit", "/account"],
  ["breaker:image_unreachable", "too many", "See the failures", "/failures"],
])("says that a run has paused for %s, and what lets it go on", async (code, why, action, target) => {
  // A key of its own: what another run of the same key has drawn would not be drawn again.
  const run = await makeRun(`paused-${target.slice(1)}`, { max_cost: 0, start: true });
  const { page, context } = await openPage({
    path: `/runs/${run.id}`,
    prepare: (context) =>
      context.route(new RegExp(`/v1/runs/${run.id}$`), async (route) => {
        const response = await route.fetch();
        const json = (await response.json()) as Run;
        await route.fulfill({ response, json: { ...json, paused: { ...json.paused, code } } });
      }),
  });
  await page.getByText(why).first().waitFor();
  expect(await page.getByRole("link", { name: action }).getAttribute("href")).toContain(target);
  expect(await accessViolations(page)).toEqual([]);
  await context.close();
});

it("stops for good only after it has said what that costs", async () => {
  const run = await makeRun("stopped", { max_cost: 0, start: true });
  const { page, context } = await openPage({ path: `/runs/${run.id}`, language: "zh", theme: "dark" });
  await page.getByRole("button", { name: "更多" }).click();
  await page.getByRole("menuitem", { name: "彻底停止" }).click();
  const dialog = page.getByRole("dialog", { name: "彻底停止这个批次？" });
  await dialog.getByText("已画好的 0 张会保留，还有 3 张不再生成").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "不停止" }).click();
  expect((await client().runs.get(run.id)).status).toBe("paused");
  await page.getByRole("button", { name: "更多" }).click();
  await page.getByRole("menuitem", { name: "彻底停止" }).click();
  await dialog.getByRole("button", { name: "彻底停止" }).click();
  await page.getByText("已停止", { exact: true }).waitFor();
  await context.close();
});

it("begins with rows that do not fit the header only when they were looked at", async () => {
  const { files, runs } = client();
  const table = `SKU,Title\n${["R-1,teapot,more", "R-2,mug,and,more", "R-3,rocket"].join("\n")}\n`;
  const { id: file_id } = await files.upload(new Blob([table]), { filename: "ragged.csv" });
  const { id } = await runs.create({ source: { file_id }, shots, run_key: "ragged" });
  expect((await runs.wait(id)).needs_acceptance).toBe(true);
  const { page, context } = await openPage({ path: `/runs/${id}/start` });
  const start = page.getByRole("button", { name: /^Start/ });
  const tick = page.getByLabel("2 of 3 rows do not fit the header. I have looked at them.");
  await tick.waitFor();
  expect(await start.getAttribute("aria-disabled")).toBe("true");
  await start.click({ force: true });
  expect((await runs.get(id)).status).toBe("ready");
  await tick.check();
  await start.click();
  await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  await context.close();
});

it("publishes images and makes a shop's file of them, once", async () => {
  const run = await makeRun("shop", { start: true, review: "none" });
  const { page, context } = await openPage({ path: `/runs/${run.id}/downloads` });
  const shop = page.getByRole("listitem").filter({ hasText: "WooCommerce" });
  await shop.getByRole("button", { name: "Make file" }).click();
  await shop.getByText("3 images have no public address yet.").waitFor();
  await shop.getByRole("button", { name: "Publish, then make the file" }).click();
  await shop.getByText("WooCommerce: 3 images in the file.").waitFor();
  await page.getByText("3 images are public").waitFor();
  expect(await accessViolations(page)).toEqual([]);
  await keepScreenshot(page, "runs-exported-1440-en-light", { fullPage: true });
  const link = (await shop.getByRole("link").first().getAttribute("href"))!;
  expect(await (await fetch(link)).text()).toMatch(/C-0.*\/i\/.*C-0_main_1\.jpg/);
  await shop.getByRole("button", { name: "Make file" }).click();
  await shop.getByText("WooCommerce has everything already").waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByText("0 images are public").waitFor();
  await context.close();
});
