import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import { createMemoryObjects } from "../support/memory-objects.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";
import { objectsConformance } from "./objects.conformance.ts";
import { queueConformance } from "./queue.conformance.ts";
import { retentionConformance } from "./retention.conformance.ts";

let skippedMs = 0;
/** The system's clock, which `elapse` puts forward. */
const clock: Clock = { now: () => systemClock.now() + skippedMs, sleep: systemClock.sleep };

queueConformance("memory", {
  open: async (maxReceiveCount) => createMemoryQueue({ clock, maxReceiveCount }),
  elapse: async (ms) => {
    skippedMs += ms;
  },
  concurrent: false,
  fair: true,
});
objectsConformance("memory", async () => createMemoryObjects({ clock: systemClock }));
retentionConformance("memory", async () => createMemoryObjects({ clock: systemClock }));
