import { type Job, terminalStatuses } from "../../shared/job.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Items, Write } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Receivers } from "./receivers.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** What a deliberate bug puts around the ports of every process of one kind. */
interface PortWrappers {
  readonly items?: (inner: Items, process: SimulatedProcess) => Items;
  readonly queue?: (inner: Queue, process: SimulatedProcess) => Queue;
  readonly objects?: (inner: Objects, process: SimulatedProcess) => Objects;
  readonly jobs?: (inner: JobStore, process: SimulatedProcess, queue: Queue) => JobStore;
}

type Fetch = ReturnType<Receivers["fetchFrom"]>;

/** A deliberate bug: production code stays as it is, and what it stands on is changed under it. */
export interface Mutation {
  readonly api?: PortWrappers;
  readonly worker?: PortWrappers;
  readonly tick?: PortWrappers;
  readonly dispatcher?: PortWrappers;
  readonly fetch?: (inner: Fetch, process: SimulatedProcess) => Fetch;
  readonly noObjectSweep?: boolean;
  /** The queue loses nothing by itself. */
  readonly losesNothing?: boolean;
}

/** For processes of all kinds. */
const everywhere = (wrappers: PortWrappers): Mutation => ({
  api: wrappers,
  worker: wrappers,
  tick: wrappers,
  dispatcher: wrappers,
});

const keyOf = (write: Write) =>
  "put" in write ? write.put : "delete" in write ? write.delete : "check" in write ? write.check : write.add;
const isOutbox = (write: Write) => keyOf(write).pk.startsWith("WH");
const isMoney = (write: Write) => keyOf(write).pk.startsWith("ACC#");
/** The job that these writes record, as it will be. */
const recorded = (writes: readonly Write[]): Job | undefined => {
  const put = writes.find((write) => keyOf(write).pk.startsWith("JOB#") && keyOf(write).sk === "META");
  return put && "put" in put ? (put.put.data.job as unknown as Job) : undefined;
};

/** `items` whose writes go through `change`, which may take some out, and say what is written afterwards. */
function writing(change: (writes: readonly Write[]) => { first: readonly Write[]; later?: readonly Write[] }) {
  return (inner: Items): Items => ({
    get: (key) => inner.get(key),
    query: (query) => inner.query(query),
    close: () => inner.close(),
    write: async (writes) => {
      const { first, later = [] } = change(writes);
      if (first.length > 0) await inner.write(first);
      if (later.length > 0) await inner.write(later);
    },
  });
}

const asksNothing: PortWrappers = { jobs: (inner) => ({ ...inner, sweep: (limit) => inner.sweep(limit) }) };
/** A message that a bug loses is not made good by the tick. */
const withoutNet = { losesNothing: true, tick: asksNothing } as const;

/** The bugs, each by what it does wrong. */
export const mutations: { readonly [bug: string]: Mutation } = {
  "message deleted before the job is settled": {
    ...withoutNet,
    worker: {
      queue: (inner) => ({
        ...inner,
        receive: async (options) => {
          const messages = await inner.receive(options);
          for (const { receipt } of messages) await inner.delete(receipt);
          return messages;
        },
      }),
    },
  },
  "no fence: a worker that lost its lease may settle the job": {
    worker: {
      items: (inner) => {
        let held: { readonly pk: string; readonly attempt: number } | undefined;
        return {
          ...writing((writes) => ({ first: writes }))(inner),
          get: async (key) => {
            const item = await inner.get(key);
            const job = item?.data.job as unknown as Job | undefined;
            if (item === undefined || job === undefined || key.pk !== held?.pk || job.attempt === held.attempt)
              return item;
            return {
              ...item,
              data: { ...item.data, job: { ...job, status: "running", attempt: held.attempt } as never },
            };
          },
          write: async (writes) => {
            await inner.write(writes);
            const job = recorded(writes);
            const pk = writes.map((write) => keyOf(write).pk).find((each) => each.startsWith("JOB#"));
            if (job?.status === "running" && pk !== undefined && pk !== held?.pk) held = { pk, attempt: job.attempt };
          },
        };
      },
    },
  },
  "conditions of job records are not checked": everywhere({
    items: writing((writes) => ({
      first: writes.map((write) => ("put" in write && keyOf(write).pk.startsWith("JOB#") ? { put: write.put } : write)),
    })),
  }),
  "hold not released when a job fails": everywhere({
    items: writing((writes) => {
      const failed = recorded(writes)?.status === "failed";
      return { first: failed ? writes.filter((write) => !isMoney(write)) : writes };
    }),
  }),
  "charge outside of the transaction that ends the job": everywhere({
    items: writing((writes) => {
      const job = recorded(writes);
      if (job === undefined || !terminalStatuses.has(job.status)) return { first: writes };
      return { first: writes.filter((write) => !isMoney(write)), later: writes.filter(isMoney) };
    }),
  }),
  "outbox outside of the transaction": everywhere({
    items: writing((writes) =>
      recorded(writes)
        ? { first: writes.filter((write) => !isOutbox(write)), later: writes.filter(isOutbox) }
        : { first: writes },
    ),
  }),
  "message recorded as delivered before it is sent": {
    fetch: (inner) => async (url, request) => {
      inner(url, request).catch(() => {});
      return { status: 200, headers: {}, body: new Uint8Array(), truncated: false };
    },
  },
  "steps are reported though nobody watches": {
    worker: {
      jobs: (inner) => ({
        ...inner,
        look: async (held) => ({ ...(await inner.look(held)), watchedUntil: Number.POSITIVE_INFINITY }),
      }),
    },
  },
  "workers do not hear who watches": {
    worker: {
      jobs: (inner) => ({ ...inner, look: async (held) => ({ ...(await inner.look(held)), watchedUntil: 0 }) }),
    },
  },
  "steps that nobody watched are forgotten when the job ends": {
    worker: {
      jobs: (inner) => ({
        ...inner,
        succeed: (held, result) => inner.succeed(held, result),
        cancel: (held) => inner.cancel(held),
      }),
    },
  },
  "order of a job's messages is not kept": {
    dispatcher: {
      items: (inner) => ({
        ...writing((writes) => ({ first: writes }))(inner),
        get: async (key) => (key.pk.startsWith("WH#") ? undefined : inner.get(key)),
      }),
    },
  },
  "Idempotency-Key is forgotten": {
    api: {
      jobs: (inner) => ({ ...inner, submit: ({ idempotency: _, ...submission }) => inner.submit(submission) }),
    },
  },
  "equal requests are not remembered": {
    api: { items: writing((writes) => ({ first: writes.filter((write) => !keyOf(write).pk.startsWith("RETRY#")) })) },
  },
  "an ended job stays counted as open": everywhere({
    items: writing((writes) => {
      const job = recorded(writes);
      if (job === undefined || !terminalStatuses.has(job.status)) return { first: writes };
      return {
        first: writes.map((write) =>
          "amounts" in write && keyOf(write).sk === "BALANCE"
            ? { ...write, amounts: { ...write.amounts, open: 0 } }
            : write,
        ),
      };
    }),
  }),
  "a message that could not be sent is confirmed": {
    ...withoutNet,
    api: {
      queue: (inner) => ({ ...inner, send: (body, options) => inner.send(body, options).catch(() => {}) }),
    },
  },
  "queued before recorded": {
    api: {
      jobs: (inner, _process, queue) => ({
        ...inner,
        submit: async (submission) => {
          await queue.send(jobMessage(submission.job.id));
          return inner.submit(submission);
        },
      }),
    },
  },
  "nobody looks after what a crash left behind": {
    tick: { jobs: (inner) => ({ ...inner, sweep: async () => ({ resend: [], ended: [], waiting: 0, failed: 0 }) }) },
  },
  "nobody asks whether the message of a waiting job is lost": {
    tick: asksNothing,
  },
  "images stored after the job is settled": {
    worker: {
      objects: (inner) => ({
        ...inner,
        put: async (key, body, options) => void inner.put(key, body, options).catch(() => {}),
      }),
    },
  },
  "images of failed attempts are never swept": { noObjectSweep: true },
};
