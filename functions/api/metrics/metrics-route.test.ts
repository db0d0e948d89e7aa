import { expect, it } from "vitest";
import { openApi } from "../../../test/support/api/api-under-test.ts";
import { createApp } from "../app.ts";

const token = "a token of the operator";

it("opens to no account, and is not there without a token", async () => {
  const api = await openApi();
  try {
    const app = createApp({ ...api.dependencies, metricsToken: token });
    for (const authorization of [`Bearer ${api.key}`, "", `Bearer ${token}x`, `Basic ${token}`]) {
      const refused = await app.request("/metrics", { headers: { authorization } });
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="metrics"']);
    }
    expect((await app.request("/metrics", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await api.app.request("/metrics")).status).toBe(404);
  } finally {
    await api.close();
  }
});
