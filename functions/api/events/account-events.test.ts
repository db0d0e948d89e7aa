import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import { createApp } from "../app.ts";
import { maxStreamsPerAccount } from "./account-streams.ts";
import { maxFollowed } from "./follow-account.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

interface Event {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: { readonly [field: string]: unknown };
}

/** An open stream, read event by event. */
class Stream {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream() as never).getReader() as never;
  }

  static async open(query = "", headers: { [name: string]: string } = {}, app = api.app): Promise<Stream> {
    const all = { authorization: `Bearer ${api.key}`, ...headers };
    return new Stream(await app.request(`/v1/events${query}`, { headers: all }));
  }

  /** The next event; `undefined` at the end. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += value;
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.event !== undefined) return { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
      if (fields.retry !== undefined) return { id: undefined, event: "retry", data: { ms: Number(fields.retry) } };
    }
  }

  /** Events up to the first for which `last` holds, without places, which come by the clock. */
  async until(last: (event: Event) => boolean): Promise<Event[]> {
    const events: Event[] = [];
    for (;;) {
      const event = await this.next();
      if (event === undefined) return events;
      if (event.event !== "place") events.push(event);
      if (last(event)) return events;
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

const isDone = (jobId: string) => (event: Event) => event.event === "done" && event.data.job_id === jobId;
const names = (events: readonly Event[]) => events.map(({ event }) => event);

describe("GET /v1/events", () => {
  it("tells what happens to every job of the account, one after another and side by side", async () => {
    const stream = await Stream.open();
    expect(stream.response.headers.get("content-type")).toMatch("text/event-stream");
    expect((await stream.next())?.event).toBe("open");
    const { job: first } = await submitJob(api, { steps: 2 });
    const { job: second } = await submitJob(api, { steps: 2 });
    api.worker.start();
    const events = [...(await stream.until(isDone(first.id))), ...(await stream.until(isDone(second.id)))];
    for (const { id } of [first, second]) {
      const own = events.filter(({ data }) => data.job_id === id);
      expect(names(own)).toEqual(["queued", "started", "step", "step", "image", "done"]);
      expect(own.map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(own[2]!.data).toMatchObject({ step: 1, total: 2, preview: expect.stringMatching(/^http/) });
      expect(own[5]!.data).toMatchObject({ job: { id, status: "succeeded", images: [{ index: 0 }] } });
    }
    expect(events.map(({ id }) => Number(id))).toEqual(events.map(({ data }) => Date.parse(String(data.at))));
    await stream.close();
  });

  it("begins with the history of what is open, and says nothing of what is over", async () => {
    await submitJob(api);
    await api.worker.workOnce();
    const { job } = await submitJob(api);
    const stream = await Stream.open();
    await stream.next();
    const queued = await stream.next();
    expect(queued).toMatchObject({ event: "queued", data: { job_id: job.id, seq: 1, position: 1 } });
    await stream.close();
  });

  it("tells where a job is that waits, when that changes", async () => {
    await submitJob(api);
    const { job } = await submitJob(api);
    const stream = await Stream.open();
    expect(await nextPlace(stream, job.id)).toMatchObject({ job_id: job.id, position: 2 });
    await api.worker.workOnce();
    expect(await nextPlace(stream, job.id)).toMatchObject({ position: 1 });
    await stream.close();
  });

  it("tells the state of the newest runs, and again when it has changed", async () => {
    const order = {
      source: { rows: [{ sku: 1 }] },
      shots: [{ id: "main", method: "draw", size: "64x64", prompt: "a teapot" }],
    };
    const made = await api.request("POST", "/v1/runs", order);
    const { id } = (await made.json()) as { readonly id: string };
    const stream = await Stream.open();
    const next = async () => (await stream.until(({ event }) => event === "run")).at(-1)!;
    expect(await next()).toMatchObject({ id: undefined, data: { run: { id, status: "importing" } } });
    await api.request("POST", `/v1/runs/${id}/cancel`);
    expect((await next()).data.run).toMatchObject({ id, status: expect.stringMatching(/^cancel/) });
    await stream.close();
  });

  it("goes on after Last-Event-ID with what was missed, and no further back", async () => {
    const { job: old } = await submitJob(api);
    await api.worker.workOnce();
    api.clock.advance(60_000);
    const stream = await Stream.open();
    const { id } = (await stream.next())!;
    await stream.close();
    const { job } = await submitJob(api);
    await api.worker.workOnce();
    const resumed = await Stream.open("", { "last-event-id": id! });
    const events = await resumed.until(isDone(job.id));
    expect(events[0]).toMatchObject({ event: "open", id });
    expect(events.some(({ data }) => data.job_id === old.id)).toBe(false);
    expect(names(events)).toEqual(expect.arrayContaining(["queued", "started", "image", "done"]));
    await resumed.close();
  });

  it("is of one account", async () => {
    const other = await api.apiKeys.createAccount("other", { unlimited: true });
    const { value } = await api.apiKeys.createKey(other.id);
    const stream = await Stream.open();
    await stream.next();
    await api.request("POST", "/v1/jobs", { prompt: "theirs", size: "64x64" }, { authorization: `Bearer ${value}` });
    const { job } = await submitJob(api);
    expect((await stream.next())?.data.job_id).toBe(job.id);
    await stream.close();
  });

  it("follows a bounded number of jobs: the newest, and those that run whatever their age", async () => {
    const goOn = Promise.withResolvers<void>();
    await api.close();
    api = await openApi({ beforeDrawing: () => goOn.promise });
    const { job: oldest } = await submitJob(api);
    for (let i = 0; i < maxFollowed + 5; i++) {
      api.clock.advance(1);
      await submitJob(api);
    }
    const looked = new Set<string>();
    const jobs = withMethods(api.jobs, {
      events: (id, ...rest) => {
        looked.add(id);
        return api.jobs.events(id, ...rest);
      },
    });
    const stream = await Stream.open("", {}, createApp({ ...api.dependencies, jobs }));
    await stream.until(() => looked.size >= maxFollowed);
    expect(looked.has(oldest.id)).toBe(false);
    expect(looked.size).toBe(maxFollowed);
    const worked = api.worker.workOnce();
    const started = await stream.until(({ event }) => event === "started");
    expect(started.at(-1)!.data.job_id).toBe(oldest.id);
    goOn.resolve();
    await stream.until(isDone(oldest.id));
    await worked;
    await stream.close();
  });

  it("needs jobs:read, and a sensible query", async () => {
    const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:write"] });
    const refused = await api.request("GET", "/v1/events", undefined, { authorization: `Bearer ${value}` });
    expect(refused.status).toBe(403);
    expect(await readProblem(await api.request("GET", "/v1/events?preview=all"))).toMatchObject({ status: 400 });
    const headers = { "last-event-id": "yesterday" };
    expect(await readProblem(await api.request("GET", "/v1/events", undefined, headers))).toMatchObject({
      status: 400,
      param: "Last-Event-ID",
    });
  });

  it("is open a bounded number of times, and again once one is closed", async () => {
    const open = await Promise.all(Array.from({ length: maxStreamsPerAccount }, () => Stream.open()));
    const refused = await api.request("GET", "/v1/events");
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await readProblem(refused)).toMatchObject({ status: 429, code: "too_many_streams", retryable: true });
    await open[0]!.close();
    let status = 429;
    while (status === 429) {
      await api.clock.sleep(100);
      const again = await api.request("GET", "/v1/events");
      ({ status } = again);
      if (status === 200) await again.body!.cancel();
    }
    await Promise.all(open.map((stream) => stream.close()));
  });

  it("ends without an open job where a response occupies an invocation, and says when to come back", async () => {
    const app = createApp({ ...api.dependencies, longestResponseMs: 600_000 });
    const stream = await Stream.open("", {}, app);
    expect(await stream.until(() => false)).toMatchObject([
      { event: "retry", data: { ms: 1_000 } },
      { event: "open" },
      { event: "retry", data: { ms: 10_000 } },
    ]);
  });
});

/** Where the job is, once that has changed. */
async function nextPlace(stream: Stream, jobId: string) {
  for (;;) {
    const event = await stream.next();
    if (event?.event === "place" && event.data.job_id === jobId) return event.data;
  }
}
