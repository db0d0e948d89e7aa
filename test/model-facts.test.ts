import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readModelInfo } from "../gpu-worker/weights/folder/model-folder.ts";
import { defaultModel } from "../models/default-model.ts";
import { catalogModel } from "../shared/model-catalog/model-catalog.ts";
import { openApi } from "./support/api/api-under-test.ts";

it("lists all that zimage-tiny knows, in 6 KB at most, and says when nothing has changed", async () => {
  const tiny = catalogModel(await readModelInfo(defaultModel.dir, { modelId: defaultModel.id }));
  const small = await openApi({ models: [tiny] });
  try {
    const { vocabulary } = (await (await small.request("GET", "/v1/models/zimage-tiny")).json()) as {
      vocabulary: { things: number; url: string };
    };
    expect(vocabulary.things).toBe(400);
    const path = new URL(vocabulary.url).pathname;
    const response = await small.request("GET", path);
    const text = await response.text();
    expect(JSON.parse(text).things).toContainEqual({ en: "alarm clock", zh: "闹钟" });
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(6_000);
    const etag = response.headers.get("etag") ?? "";
    expect((await small.request("GET", path, undefined, { "If-None-Match": etag })).status).toBe(304);
    const alias = encodeURIComponent("Tongyi-MAI/Z-Image-Turbo");
    expect((await small.request("GET", `/v1/vocabularies/${alias}`)).status).toBe(200);
  } finally {
    await small.close();
  }
});
