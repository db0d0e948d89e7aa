import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

const checkTimeoutMs = 2_000;

/**
 * `/healthz`: this process responds, and names a full disk. `/readyz`: the table, the queue and the object store
 * respond too and there is room to write, else 503.
 */
export function healthRoute({ items, queue, objects, clock, log, disk }: RouteDependencies): Hono<ApiEnv> {
  const checks = {
    items: () => items.get({ pk: "READY", sk: "META" }),
    queue: () => queue.depth(),
    // Under a prefix that the function may read: elsewhere S3 refuses, whether there is an object or not.
    objects: () => objects.head("o/ready"),
  };

  async function check(name: keyof typeof checks) {
    const startedAt = clock.now();
    const timer = new AbortController();
    const timeout = clock.sleep(checkTimeoutMs, timer.signal).then(() => {
      throw new Error(`no response within ${checkTimeoutMs} ms`);
    });
    try {
      await Promise.race([checks[name](), timeout]);
      return { ok: true, ms: Math.round(clock.now() - startedAt) };
    } catch (error) {
      // Why is for the log: this route is open to everybody.
      log("error", "readiness check failed", { check: name, error: String(error) });
      return { ok: false, ms: Math.round(clock.now() - startedAt) };
    } finally {
      timeout.catch(() => {});
      timer.abort();
    }
  }

  return new Hono<ApiEnv>()
    .get("/healthz", async (c) => {
      // Still 200: starting again, which is what a failed liveness check leads to, frees no space.
      const isFull = await disk.isFull();
      const body = isFull ? { status: "degraded", problems: ["the disk is full"] } : { status: "ok" };
      return c.json(body, 200, { "Cache-Control": "no-store" });
    })
    .get("/readyz", async (c) => {
      const [itemsCheck, queueCheck, objectsCheck, isFull] = await Promise.all([
        check("items"),
        check("queue"),
        check("objects"),
        disk.isFull(),
      ]);
      const ready = itemsCheck.ok && queueCheck.ok && objectsCheck.ok && !isFull;
      const body = {
        status: ready ? "ready" : "unready",
        checks: {
          items: itemsCheck,
          queue: queueCheck,
          objects: objectsCheck,
          disk: isFull ? { ok: false, ms: 0 } : undefined,
        },
      };
      return c.json(body, ready ? 200 : 503, { "Cache-Control": "no-store" });
    });
}
