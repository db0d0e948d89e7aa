import { expect, it } from "vitest";
import { api, client, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import type { AccountEvent } from "./account-events.ts";

serveSdk();

/** Events until every one of the jobs is done. */
async function until(events: AsyncGenerator<AccountEvent, void>, jobIds: readonly string[]): Promise<AccountEvent[]> {
  const open = new Set(jobIds);
  const found: AccountEvent[] = [];
  for await (const event of events) {
    if (event.type !== "place") found.push(event);
    if (event.type === "done") open.delete(event.job_id);
    if (open.size === 0) break;
  }
  return found;
}

it("tells the events of all jobs, over one connection", async () => {
  const events = client().events();
  const jobs = await Promise.all([1, 2].map((seed) => client().jobs.create({ ...request, seed })));
  const ids = jobs.map(({ id }) => id);
  const found = await until(events, ids);
  for (const id of ids) {
    const own = found.filter((event) => event.job_id === id);
    expect(own.at(-1)).toMatchObject({ type: "done", job: { id, status: "succeeded" } });
  }
});

it("goes on where a connection was cut, and tells nothing twice", async () => {
  const seen: Request[] = [];
  const cut: Error[] = [];
  let opened = 0;
  const breaking: typeof fetch = async (input, init) => {
    seen.push(new Request(input as string, init));
    const response = await fetch(input, init);
    if (seen.length > 1) return response;
    // Cut after its first events.
    const reader = response.body!.getReader();
    let chunks = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value } = await reader.read();
        if (value === undefined || ++chunks > 2) controller.error(new TypeError("terminated"));
        else controller.enqueue(value);
      },
      cancel: () => reader.cancel(),
    });
    return new Response(body, response);
  };
  const { id } = await client().jobs.create(request);
  const options = { onOpen: () => opened++, onCut: (error: Error) => cut.push(error) };
  const found = await until(client({ fetch: breaking }).events(options), [id]);
  const seqs = found.map((event) => ("seq" in event ? event.seq : 0));
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect([opened, cut.length]).toEqual([2, 1]);
  expect(seen[1]!.headers.get("last-event-id")).toMatch(/^\d{13}$/);
});

it("ends when its signal aborts, and with the API's refusal", async () => {
  const stop = new AbortController();
  const events = client().events({ signal: stop.signal, onOpen: () => stop.abort(new Error("enough")) });
  await expect(events.next()).rejects.toThrow("enough");
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["models:read"] });
  await expect(client({ apiKey: value }).events().next()).rejects.toMatchObject({ status: 403 });
});
