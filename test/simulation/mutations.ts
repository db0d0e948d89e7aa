import type { Items } from "../../shared/items.ts";
import type { JobStore } from "../../shared/job-store.ts";
import type { Objects } from "../../shared/objects.ts";
import type { Queue } from "../../shared/queue.ts";
import type { Receivers } from "./receivers.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** What a deliberate bug puts around the ports of every process of one kind. */
export interface PortWrappers {
  readonly items?: (inner: Items, process: SimulatedProcess) => Items;
  readonly queue?: (inner: Queue, process: SimulatedProcess) => Queue;
  readonly objects?: (inner: Objects, process: SimulatedProcess) => Objects;
  readonly jobs?: (inner: JobStore, process: SimulatedProcess) => JobStore;
}

export interface Mutation {
  readonly api?: PortWrappers;
  readonly worker?: PortWrappers;
  readonly tick?: PortWrappers;
  readonly dispatcher?: PortWrappers;
  readonly fetch?: (inner: ReturnType<Receivers["fetchFrom"]>, process: SimulatedProcess) => ReturnType<Receivers["fetchFrom"]>;
  readonly openAccount?: (items: Items, accountId: string) => Promise<void>;
  readonly noObjectSweep?: boolean;
}
