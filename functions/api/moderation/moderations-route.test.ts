import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { categories } from "../../../shared/moderation/categories.ts";
import { type ApiServer, openApiServer } from "../../../test/support/api/api-server.ts";

let api: ApiServer;
let client: OpenAI;
const blockList = [{ category: "violence" as const, phrases: ["red cup"] }];
beforeEach(async () => {
  api = await openApiServer({ moderation: { blockList } });
  client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key });
});
afterEach(() => api.close());

describe("the unchanged openai client", () => {
  it("is told what would be refused, by category", async () => {
    const { id, model, results } = await client.moderations.create({
      input: "a red cup",
      model: "omni-moderation-latest",
    });
    expect([id, model]).toEqual([expect.stringMatching(/^modr-/), "content-rules"]);
    const [result] = results;
    expect(result?.flagged).toBe(true);
    expect([result?.categories.violence, result?.categories.sexual]).toEqual([true, false]);
    expect([result?.category_scores.violence, result?.category_scores.hate]).toEqual([1, 0]);
    expect(Object.keys(result!.category_applied_input_types)).toEqual([...categories]);
  });

  it("asks about several texts, and about the parts of one", async () => {
    const several = await client.moderations.create({ input: ["a fox", "a red-cup"] });
    expect(several.results.map(({ flagged }) => flagged)).toEqual([false, true]);
    const parts = await client.moderations.create({
      input: [
        { type: "text", text: "a red" },
        { type: "text", text: "cup" },
      ],
    });
    expect(parts.results.map(({ flagged }) => flagged)).toEqual([true]);
  });

  it("is refused in its own form", async () => {
    const image = { type: "image_url" as const, image_url: { url: "https://example.com/a.png" } };
    await expect(client.moderations.create({ input: [image] })).rejects.toMatchObject({ status: 400, param: "input" });
    await expect(client.moderations.create({ input: "x".repeat(10_001) })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
    await expect(client.moderations.create({ input: Array(17).fill("x") })).rejects.toMatchObject({ status: 400 });
    const wrong = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: "wrong" });
    await expect(wrong.moderations.create({ input: "x" })).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

it("obeys a list that an account sets, which a key that only draws cannot change", async () => {
  const entries = [{ category: "brands", phrases: ["acme", { text: "坏词", pinyin: "huai ci" }] }];
  const { value: drawing } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:write", "jobs:read"] });
  const withKey = { authorization: `Bearer ${drawing}` };
  expect((await api.request("PUT", "/v1/block-list", { entries }, withKey)).status).toBe(403);
  expect(await (await api.request("GET", "/v1/block-list", undefined, withKey)).json()).toEqual({
    object: "block_list",
    entries: [],
    changed_at: null,
  });
  const put = await api.request("PUT", "/v1/block-list", { entries });
  expect([put.status, await put.json()]).toMatchObject([200, { object: "block_list", entries }]);
  for (const input of ["an A.C.M.E sign", "huaici"]) {
    expect((await client.moderations.create({ input })).results[0]).toMatchObject({ categories: { brands: true } });
  }
  const other = await api.apiKeys.createAccount("other", { unlimited: true });
  const { value: othersKey } = await api.apiKeys.createKey(other.id);
  const elsewhere = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: othersKey });
  expect((await elsewhere.moderations.create({ input: "acme" })).results[0]?.flagged).toBe(false);
  expect((await api.request("PUT", "/v1/block-list", { entries: [] })).status).toBe(200);
  expect((await client.moderations.create({ input: "acme" })).results[0]?.flagged).toBe(false);
});

it("refuses a list that is too long, and phrases that are too short", async () => {
  for (const phrases of [["x"], ["a".repeat(65)], Array.from({ length: 1_001 }, (_, i) => `word ${i}`), []]) {
    const { status } = await api.request("PUT", "/v1/block-list", { entries: [{ phrases }] });
    expect([phrases.length, status]).toEqual([phrases.length, 400]);
  }
});
