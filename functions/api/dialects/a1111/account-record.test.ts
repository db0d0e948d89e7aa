import { expect, it } from "vitest";
import { openApi, turbo } from "../../../../test/support/api/api-under-test.ts";
import { writeCheckpoint } from "./account-record.ts";

it("draws with the default where the account's choice is served no longer, as options says", async () => {
  const api = await openApi({ models: [turbo] });
  try {
    await writeCheckpoint(api.account.id, "z-image", api);
    expect(await (await api.request("GET", "/sdapi/v1/options")).json()).toMatchObject({
      sd_model_checkpoint: turbo.id,
    });
    api.worker.start();
    const body = { prompt: "x", width: 64, height: 64, steps: 4 };
    const drawn = await api.request("POST", "/sdapi/v1/txt2img", body);
    expect(drawn.status).toBe(200);
    const [job] = (await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs;
    expect(job!.params.model).toBe(turbo.id);
  } finally {
    await api.close();
  }
});
