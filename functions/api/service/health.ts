import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

const checkTimeoutMs = 2_000;

/** `/healthz`: this process responds. `/readyz`: the table, the queue and the object store respond too, else 503. */
export function healthRoute({ items, queue, objects, clock, log }: RouteDependencies): Hono<ApiEnv> {
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
    .get("/healthz", (c) => c.json({ status: "ok" }, 200, { "Cache-Control": "no-store" }))
    .get("/readyz", async (c) => {
      const [itemsCheck, queueCheck, objectsCheck] = await Promise.all([
        check("items"),
        check("queue"),
        check("objects"),
      ]);
      const ready = itemsCheck.ok && queueCheck.ok && objectsCheck.ok;
      const body = {
        status: ready ? "ready" : "unready",
        checks: { items: itemsCheck, queue: queueCheck, objects: objectsCheck },
      };
      return c.json(body, ready ? 200 : 503, { "Cache-Control": "no-store" });
    });
}
