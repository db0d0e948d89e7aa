import { expect, it } from "vitest";
import { openApi } from "../../../test/support/api/api-under-test.ts";

async function ready(broken: Parameters<typeof openApi>[0] = {}) {
  const api = await openApi(broken);
  try {
    const response = await api.app.request("/readyz");
    const { status, checks } = (await response.json()) as {
      status: string;
      checks: { [name: string]: { ok: boolean } };
    };
    const failing = Object.keys(checks).filter((name) => !checks[name]!.ok);
    return { code: response.status, status, failing, text: JSON.stringify(checks), logged: api.logged };
  } finally {
    await api.close();
  }
}

it("is healthy as soon as the process responds, and ready when all stores do", async () => {
  const api = await openApi();
  expect(await (await api.app.request("/healthz")).json()).toEqual({ status: "ok" });
  await api.close();
  expect(await ready()).toMatchObject({ code: 200, status: "ready", failing: [] });
});

it("names the store that fails, and keeps the reason for the log", async () => {
  const whole = await openApi();
  const objects = { ...whole.objects, head: () => Promise.reject(new Error("password=1")) };
  const { text, logged, ...found } = await ready({ objects });
  await whole.close();
  expect(found).toEqual({ code: 503, status: "unready", failing: ["objects"] });
  expect(text).not.toContain("password");
  expect(logged.join()).toMatch(/readiness check failed .*"check":"objects".*password=1/);
});

it("does not wait for a store that hangs", async () => {
  const whole = await openApi();
  const queue = { ...whole.queue, depth: () => new Promise<never>(() => {}) };
  expect(await ready({ queue })).toMatchObject({ code: 503, failing: ["queue"] });
  await whole.close();
});
