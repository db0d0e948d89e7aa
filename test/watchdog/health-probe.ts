import { request } from "node:http";

/**
 * A process of its own that asks `/healthz` again and again, so that what the driver is busy with delays no
 * measurement. Sends each answer's time over IPC, and how late its own timer was meanwhile: what the machine does to an
 * idle process.
 */
export interface HealthAnswer {
  readonly status: number;
  /** Milliseconds since the epoch, and how long it took. */
  readonly sentAt: number;
  readonly ms: number;
  readonly ownDelayMs: number;
}

const everyMs = 20;
const timerMs = 5;

const url = process.argv[2]!;
let ownDelayMs = 0;
let tickedAt = performance.now();
setInterval(() => {
  const now = performance.now();
  ownDelayMs = Math.max(ownDelayMs, now - tickedAt - timerMs);
  tickedAt = now;
}, timerMs);

function ask(): void {
  ownDelayMs = 0;
  const sentAt = performance.now();
  const tell = (status: number) => {
    const answer = { status, sentAt: performance.timeOrigin + sentAt, ms: performance.now() - sentAt, ownDelayMs };
    // The one that asked may have ended meanwhile.
    process.send?.(answer satisfies HealthAnswer, () => {});
    setTimeout(ask, everyMs);
  };
  request(`${url}/healthz`, { agent: false, timeout: 30_000 }, (response) => {
    response.resume().once("end", () => tell(response.statusCode ?? 0));
  })
    .once("error", () => tell(0))
    .end();
}

process.once("disconnect", () => process.exit());
ask();
