import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maxPrompts } from "../../../shared/limits.ts";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

interface Prompt {
  readonly id: string;
  readonly [field: string]: unknown;
}
const sign = {
  name: "Shop sign",
  text: '招牌，写"{{lettering}}"，{{ background }}背景',
  negative: "blur",
  model: "z-image-turbo",
  settings: { size: "1024x1024", steps: 8, guidance: 0 },
  variables: { lettering: "Morning Coffee" },
  tags: ["lettering", "lettering", "shop"],
};
const create = (body: object = sign) => api.request("POST", "/v1/prompts", body);
const made = async (body?: object) => (await (await create(body)).json()) as Prompt;
const get = async (path: string) => (await api.request("GET", path)).json();

describe("prompts of an account", () => {
  it("are kept with all that they say, and listed newest first by pages and tag", async () => {
    const first = await made();
    expect(first).toMatchObject({
      ...{ object: "prompt", name: "Shop sign", text: sign.text, negative: "blur", model: "z-image-turbo" },
      settings: sign.settings,
      variables: { lettering: "Morning Coffee", background: "" },
      tags: ["lettering", "shop"],
    });
    api.clock.advance(10);
    const second = await made({ name: "fox", text: "a fox" });
    expect(second).toMatchObject({ negative: null, model: null, settings: {}, variables: {}, tags: [] });
    const page = (await get("/v1/prompts?limit=1")) as { data: Prompt[]; next_cursor: string };
    expect(page.data.map(({ id }) => id)).toEqual([second.id]);
    expect(await get(`/v1/prompts?limit=1&cursor=${page.next_cursor}`)).toEqual({ data: [first], next_cursor: null });
    expect(await get("/v1/prompts?tag=shop")).toMatchObject({ data: [{ id: first.id }] });
    expect(await get(`/v1/prompts/${first.id}`)).toEqual(first);
  });

  it("change by the fields that are given, also two at once", async () => {
    const { id, created_at } = await made();
    api.clock.advance(1_000);
    const change = (body: object) => api.request("PATCH", `/v1/prompts/${id}`, body);
    const both = await Promise.all([change({ name: "A", negative: null }), change({ tags: ["x"] })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const after = (await get(`/v1/prompts/${id}`)) as Prompt;
    expect(after).toMatchObject({ name: "A", negative: null, tags: ["x"], text: sign.text, created_at });
    expect(after.updated_at).not.toBe(created_at);
    // A default whose variable is gone with the text would be lost without a word.
    expect(await readProblem(await change({ text: "a fox" }))).toMatchObject({ param: "variables.lettering" });
    expect((await change({ text: "a fox", variables: {} })).status).toBe(200);
  });

  it("are deleted, and nobody else's", async () => {
    const { id } = await made();
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    const { value } = await api.apiKeys.createKey(other.id);
    const headers = { authorization: `Bearer ${value}` };
    for (const method of ["GET", "DELETE"]) {
      expect((await api.request(method, `/v1/prompts/${id}`, undefined, headers)).status).toBe(404);
    }
    expect((await api.request("PATCH", `/v1/prompts/${id}`, { name: "mine" }, headers)).status).toBe(404);
    expect(await (await api.request("DELETE", `/v1/prompts/${id}`)).json()).toEqual({
      ...{ id, object: "prompt", deleted: true },
    });
    const gone = await readProblem(await api.request("DELETE", `/v1/prompts/${id}`));
    expect(gone).toMatchObject({ status: 404, code: "prompt_not_found" });
  });

  it("are so many and no more", async () => {
    const partition = `ACC#${api.account.id}#PROMPTS`;
    for (let first = 0; first < maxPrompts - 1; first += 50) {
      const rows = Array.from({ length: Math.min(50, maxPrompts - 1 - first) }, (_, i) => ({
        put: { pk: partition, sk: `prompt_${String(first + i).padStart(26, "0")}`, data: {} },
      }));
      await api.items.write(rows);
    }
    expect((await create()).status).toBe(201);
    expect(await readProblem(await create())).toMatchObject({ status: 409, code: "too_many_prompts" });
  });

  it.each([
    [{ ...sign, name: "" }, "name"],
    [{ ...sign, text: "x".repeat(10_001) }, "text"],
    [{ ...sign, text: "a fox" }, "variables.lettering"],
    [{ ...sign, variables: { lettering: "x".repeat(501) } }, "variables.lettering"],
    [{ ...sign, text: Array.from({ length: 21 }, (_, i) => `{{v${i}}}`).join(), variables: {} }, "text"],
    [{ ...sign, settings: { steps: 0 } }, "settings.steps"],
    [{ ...sign, settings: { webhook: { url: "https://x.example" } } }, "settings.webhook"],
    [{ ...sign, tags: Array.from({ length: 17 }, String) }, "tags"],
    [{ ...sign, tags: [""] }, "tags.0"],
    [{ ...sign, owner: "x" }, "owner"],
    [{ text: "a fox" }, "name"],
    ['{"name":"x","text":"y","variables":{"__proto__":"z"}}', "variables.__proto__"],
    [{ ...sign, text: "a\u0000b" }, "text"],
  ])("refuse %j", async (body, param) => {
    const response = await api.request("POST", "/v1/prompts", body);
    expect(await readProblem(response)).toMatchObject({ status: 400, param });
  });

  it("need a key that may read, or write, jobs", async () => {
    const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
    const headers = { authorization: `Bearer ${value}` };
    expect((await api.request("GET", "/v1/prompts", undefined, headers)).status).toBe(200);
    expect((await api.request("POST", "/v1/prompts", sign, headers)).status).toBe(403);
  });
});

describe("the library", () => {
  interface Library {
    readonly data: readonly {
      readonly id: string;
      readonly model: string;
      readonly served_by: readonly string[];
      readonly example_url: string | null;
    }[];
    readonly tips: readonly { readonly model: string }[];
  }

  it("says which served model each prompt suits, and shows what was drawn", async () => {
    const { data } = (await get("/v1/prompts/library")) as Library;
    expect(data).toHaveLength(26);
    for (const { model, served_by, example_url } of data) {
      const isTiny = model === "zimage-tiny";
      expect(served_by).toEqual(isTiny ? [] : ["z-image-turbo", "z-image"]);
      expect(example_url === null).toBe(!isTiny);
      if (example_url === null) continue;
      const response = await api.app.request(example_url);
      const { width, height, format } = await sharp(await response.arrayBuffer()).metadata();
      expect([response.status, width, height, format]).toEqual([200, 128, 128, "webp"]);
    }
    expect((await api.app.request("/v1/prompts/library/constructor/example")).status).toBe(404);
    expect((await api.app.request("/v1/prompts/library")).status).toBe(401);
  });

  it("leaves out what a model cannot draw", async () => {
    const vocabulary = { things: [], backgrounds: [] };
    const tiny = catalogModel({ id: "zimage-tiny", family: "turbo", random: false, facts: { vocabulary } });
    const small = await openApi({ models: [tiny] });
    try {
      const request = async (query: string) =>
        (await (await small.request("GET", `/v1/prompts/library${query}`)).json()) as Library;
      const { data, tips } = await request("?model=zimage-tiny");
      expect(new Set([...data, ...tips].map(({ model }) => model))).toEqual(new Set(["zimage-tiny"]));
      expect(data).toHaveLength(12);
      expect((await request("")).data.filter(({ served_by }) => served_by.length > 0)).toHaveLength(12);
      expect((await request("?model=unknown")).data).toEqual([]);
    } finally {
      await small.close();
    }
  });
});
