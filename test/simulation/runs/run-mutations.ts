import type { Items, Write } from "../../../shared/ports/items.ts";
import type { RunMutation } from "./run-world.ts";

const isRun = (write: Write) => "put" in write && write.put.pk.startsWith("BATCH#") && write.put.sk === "META";
const isRow = (write: Write) => "put" in write && write.put.pk.startsWith("BATCH#") && write.put.sk.startsWith("ROW#");

/** `items` whose writes go through `change`, one call after the other. */
function writing(change: (writes: readonly Write[]) => readonly (readonly Write[])[]) {
  return (inner: Items): Items => ({
    get: (key) => inner.get(key),
    query: (query) => inner.query(query),
    close: () => inner.close(),
    write: async (writes) => {
      for (const part of change(writes)) if (part.length > 0) await inner.write(part);
    },
  });
}

/** Long enough for a process to be killed before what it has told is so. */
const storedAfterMs = 2_000;

/** The bugs, each by what it does wrong. */
export const runMutations: { readonly [bug: string]: RunMutation } = {
  "ids of jobs are not written down before there are jobs": {
    items: writing((writes) => [
      writes.map((write) => {
        if (!isRun(write) || !("put" in write) || write.put.data.workingUntil === undefined) return write;
        return { ...write, put: { ...write.put, data: { ...write.put.data, inFlight: [] } } };
      }),
    ]),
  },
  "anybody may write a run, whoever has the turn": {
    items: writing((writes) => [writes.map((write) => (isRun(write) && "put" in write ? { put: write.put } : write))]),
  },
  "outcomes are written after the run that counts them": {
    items: writing((writes) => [writes.filter((write) => !isRow(write)), writes.filter(isRow)]),
  },
  "a run ends before its files are stored": {
    objects: (inner, clock) => ({
      ...inner,
      put: async (key, body, options) => {
        const later = clock.sleep(storedAfterMs).then(() => inner.put(key, body, options));
        later.catch(() => {});
      },
    }),
  },
  "a paused run does not go on by itself": {
    items: writing((writes) => [
      writes.map((write) => {
        const paused = isRun(write) && "put" in write ? write.put.data.paused : undefined;
        if (!("put" in write) || typeof paused !== "object" || paused === null) return write;
        const checkAt = Number.MAX_SAFE_INTEGER;
        return { ...write, put: { ...write.put, data: { ...write.put.data, paused: { ...paused, checkAt } } } };
      }),
    ]),
  },
  "a run that is over keeps its account's place": {
    items: writing((writes) => [writes.filter((write) => !("add" in write) || write.add.sk !== "PLACES")]),
  },
  "jobs of rows that a dead process planned are made under new ids": {
    items: (inner) => ({
      ...writing((writes) => [writes])(inner),
      get: async (key) => {
        const item = await inner.get(key);
        const inFlight = item?.data.inFlight;
        if (!key.pk.startsWith("BATCH#") || key.sk !== "META" || !Array.isArray(inFlight)) return item;
        const renamed = inFlight.map((flight) => ({ ...flight, jobId: `${flight.jobId}`.replace(/^job_0/, "job_1") }));
        return { ...item!, data: { ...item!.data, inFlight: renamed } };
      },
    }),
  },
  "nobody looks for steps that are late": { noRepair: true },
};
