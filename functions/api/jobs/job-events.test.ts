import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "./job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

interface Event {
  readonly id: number;
  readonly event: string;
  readonly data: { readonly [field: string]: unknown };
}

async function submit(body: object = {}): Promise<string> {
  const response = await api.request("POST", "/v1/jobs", { prompt: "x", size: "64x64", steps: 2, ...body });
  return ((await response.json()) as JobResource).id;
}

function follow(id: string, query = "", headers: { [name: string]: string } = {}) {
  return api.request("GET", `/v1/jobs/${id}/events${query}`, undefined, headers);
}

function parse(text: string): Event[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "" && !block.startsWith(":"))
    .map((block) => {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
      return { id: Number(fields.id), event: fields.event, data: JSON.parse(fields.data) };
    });
}

it("tells a job's life as it happens, and ends", async () => {
  const id = await submit({ n: 2 });
  const response = await follow(id);
  expect(response.headers.get("content-type")).toMatch("text/event-stream");
  api.worker.start();
  const events = parse(await response.text());
  expect(events.map(({ event }) => event)).toEqual([
    "queued",
    "started",
    "step",
    "step",
    "image",
    "step",
    "step",
    "image",
    "done",
  ]);
  expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(events[0]?.data).toMatchObject({ position: 1 });
  expect(events[2]?.data).toMatchObject({ image: 0, step: 1, total: 2 });
  expect(events[8]?.data).toMatchObject({ job: { id, status: "succeeded", images: [{ index: 0 }, { index: 1 }] } });
  expect(JSON.stringify(events)).not.toMatch(/"(preview_)?key"/);
  const image = await api.app.request(String(events[4]?.data.url));
  expect(image.headers.get("content-type")).toBe("image/png");
  const preview = await api.app.request(String(events[2]?.data.preview));
  expect(preview.headers.get("content-type")).toBe("image/png");
});

it("goes on after Last-Event-ID, and tells a client that has seen all to stop", async () => {
  const id = await submit();
  await api.worker.workOnce();
  const whole = parse(await (await follow(id)).text());
  const rest = parse(await (await follow(id, "", { "last-event-id": "3" })).text());
  expect(rest.map(({ id, event }) => ({ id, event }))).toEqual(whole.slice(3).map(({ id, event }) => ({ id, event })));
  expect((await follow(id, "", { "last-event-id": String(whole.at(-1)?.id) })).status).toBe(204);
});

it("sends previews inline, or not at all", async () => {
  const id = await submit();
  await api.worker.workOnce();
  const inline = parse(await (await follow(id, "?preview=inline")).text()).filter(({ event }) => event === "step");
  expect(inline.map(({ data }) => data.preview)).toEqual([
    expect.stringMatching(/^data:image\/png;base64,/),
    expect.stringMatching(/^data:image\/png;base64,/),
  ]);
  const none = parse(await (await follow(id, "?preview=none")).text()).filter(({ event }) => event === "step");
  expect(none.map(({ data }) => "preview" in data)).toEqual([false, false]);
});

it("keeps a quiet connection alive with comments", async () => {
  const id = await submit();
  const reader = (await follow(id)).body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(": ping\n\n: ping\n\n")) text += decoder.decode((await reader.read()).value);
  await reader.cancel();
  expect(parse(text).map(({ event }) => event)).toEqual(["queued"]);
});

it("stops looking when the client has gone", async () => {
  let looks = 0;
  const watched = await openApi();
  const { events } = watched.jobs;
  const counting = await openApi({
    items: watched.items,
    queue: watched.queue,
    objects: watched.objects,
    clock: watched.clock,
    jobs: {
      ...watched.jobs,
      events: (...args) => {
        looks++;
        return events(...args);
      },
    },
  });
  try {
    const id = ((await (await watched.request("POST", "/v1/jobs", { prompt: "x" })).json()) as JobResource).id;
    const response = await counting.app.request(`/v1/jobs/${id}/events`, {
      headers: { authorization: `Bearer ${watched.key}` },
    });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await watched.clock.sleep(2_000);
    const after = looks;
    await watched.clock.sleep(20_000);
    expect(looks).toBe(after);
  } finally {
    await counting.close();
    await watched.close();
  }
});

it("tells the end from the record when the history has expired", async () => {
  const id = await submit();
  await api.request("POST", `/v1/jobs/${id}/cancel`);
  // A job of an earlier version, whose lines were items of their own and were kept for two days.
  const { version, ...record } = (await api.items.get({ pk: `JOB#${id}`, sk: "META" }))!;
  const { history: _, ...data } = record.data;
  await api.items.write([{ put: { ...record, data }, if: { version } }]);
  const events = parse(await (await follow(id)).text());
  expect(events).toMatchObject([{ event: "done", data: { job: { status: "canceled" } } }]);
});

it.each([
  ["?preview=big", {}, "preview"],
  ["?limit=1", {}, "limit"],
  ["", { "last-event-id": "abc" }, "Last-Event-ID"],
])("refuses %s %o", async (query, headers, param) => {
  const response = await follow(await submit(), query, headers);
  expect([response.status, await response.json()]).toMatchObject([400, { param }]);
});
