import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "./job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const submit = (body?: object, headers?: { [name: string]: string }) => submitJob(api, body, headers);

describe("GET /v1/jobs", () => {
  it("lists by pages, newest first, and filters", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.unshift((await submit({ metadata: { batch: i < 2 ? "a" : "b" } })).job.id);
      api.clock.advance(1000);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/v1/jobs?limit=2${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = (await (await api.request("GET", path)).json()) as {
        data: JobResource[];
        next_cursor: string | null;
      };
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);

    const list = async (query: string) => {
      const { data } = (await (await api.request("GET", `/v1/jobs?${query}`)).json()) as { data: JobResource[] };
      return data.map(({ id }) => id);
    };
    expect(await list("metadata[batch]=a")).toEqual(ids.slice(3));
    expect(await list("status=succeeded")).toEqual([]);
    const third = new Date((await api.jobs.get(ids[2] ?? ""))?.createdAt ?? 0).toISOString();
    expect(await list(`created_after=${third}`)).toEqual(ids.slice(0, 2));
  });

  it("takes a time whose zone was not escaped", async () => {
    const { job } = await submit();
    const list = async (time: string) => (await api.request("GET", `/v1/jobs?created_after=${time}`)).json();
    expect(await list("2020-01-31T12:00:00+02:00")).toMatchObject({ data: [{ id: job.id }] });
    expect(await list("2099-01-31T12:00:00+02:00")).toMatchObject({ data: [] });
  });

  it("finds the jobs that have every pair, and none by a name that every object has", async () => {
    const list = async (query: string) => {
      const { data } = (await (await api.request("GET", `/v1/jobs?${query}`)).json()) as { data: JobResource[] };
      return data.map(({ id }) => id);
    };
    const both = (await submit({ metadata: { sku: "1", "a]b": "ü" } })).job.id;
    api.clock.advance(10);
    const one = (await submit({ metadata: { sku: "1" } })).job.id;
    await submit({ metadata: { sku: "2" } });
    expect(await list("metadata[sku]=1")).toEqual([one, both]);
    expect(await list(`metadata[sku]=1&${encodeURIComponent("metadata[a]b]")}=%C3%BC`)).toEqual([both]);
    expect(await list("metadata[constructor]=x")).toEqual([]);
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["status=done", "status"],
    ["created_after=yesterday", "created_after"],
    ["cursor=xyz", "cursor"],
    ["metadata[]=1", "metadata."],
    ["page=2", "page"],
    ["created_after=2026-01-31T12:00:00", "created_after"],
    ["metadata=x", "metadata"],
    // Not a list of everything.
    ["metadata[__proto__]=x", "metadata.__proto__"],
    ["__proto__=x", "__proto__"],
    ["metadata[sku]=%00", "metadata.sku"],
  ])("refuses %s", async (query, param) => {
    const response = await api.request("GET", `/v1/jobs?${query}`);
    expect(await readProblem(response)).toMatchObject({ status: 400, param });
  });
});

describe("places in the queue", () => {
  it("are told of the first twenty queued jobs of a page, and of no other", async () => {
    const { job: canceled } = await submit();
    await api.request("POST", `/v1/jobs/${canceled.id}/cancel`);
    for (let i = 0; i < 21; i++) {
      api.clock.advance(1_000);
      await submit();
    }
    const { data } = (await (await api.request("GET", "/v1/jobs?limit=30")).json()) as { data: JobResource[] };
    const positions = data.map(({ queue }) => queue?.position);
    // The newest is the last in the queue, where the message of the canceled one is still waiting.
    expect(positions.slice(0, 2)).toEqual([22, 21]);
    expect(positions.slice(0, 20).every((position) => typeof position === "number")).toBe(true);
    expect(positions.slice(20)).toEqual([undefined, undefined]);
  });

  it("are left out where the queue cannot be read, and the list is there", async () => {
    await submit();
    const broken = withMethods(api.queue, { depth: () => Promise.reject(new Error("no queue")) });
    const other = await openApi({ queue: broken, items: api.items, jobs: api.jobs });
    const response = await other.request("GET", "/v1/jobs", undefined, { authorization: `Bearer ${api.key}` });
    expect(response.status).toBe(200);
    expect(((await response.json()) as { data: JobResource[] }).data).toHaveLength(1);
    await other.close();
  });
});
