import { describe, expect, it } from "vitest";
import { api, client, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { ConnectionError } from "./errors.ts";
import type { JobEvent } from "./job-events.ts";

serveSdk();

describe("the events of a job", () => {
  it("tell what happens, in order", async () => {
    const job = await client().jobs.create(request);
    const events: JobEvent[] = [];
    for await (const event of job.events({ preview: "inline" })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(["queued", "started", "step", "step", "image", "done"]);
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events[3]).toMatchObject({
      image: 0,
      step: 2,
      total: 2,
      preview: expect.stringMatching(/^data:image\/png/),
    });
    expect(job.latest.status).toBe("succeeded");
    const later: number[] = [];
    for await (const { id } of job.events({ lastEventId: 4 })) later.push(id);
    expect(later).toEqual([5, 6]);
    for await (const event of job.events({ lastEventId: 6 })) expect.unreachable(event.type);
  });

  it("go on telling after their connection was lost, without repeating themselves", async () => {
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    api.beforeDrawing(() => lost);
    const job = await client().jobs.create(request);
    const ids: number[] = [];
    for await (const { id, type } of job.events()) {
      ids.push(id);
      if (type !== "started") continue;
      api.dropConnections();
      lose();
    }
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
    expect(api.requests.filter((line) => line.includes("/events"))).toHaveLength(2);
  });

  it("give up on events that break off again and again", async () => {
    let opened = 0;
    const cut: typeof fetch = async (input, init) => {
      if (!String(input).includes("/events")) return fetch(input, init);
      opened++;
      return new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) }));
    };
    const job = await client({ fetch: cut, maxRetries: 1 }).jobs.create(request);
    await expect(job.wait()).rejects.toThrow(ConnectionError);
    expect(opened).toBe(2);
  });
});
