import { expect, it } from "vitest";
import { openApi } from "../../../../test/support/api/api-under-test.ts";

it.each([[[null]], [["a"]], [{}], ["a"]])("refuses loras that are %j as the caller's mistake", async (loras) => {
  const api = await openApi();
  try {
    const response = await api.request("POST", "/fal/run/fal-ai/z-image/turbo/lora", { prompt: "x", loras });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: [{ loc: ["body", "loras"] }] });
  } finally {
    await api.close();
  }
});
