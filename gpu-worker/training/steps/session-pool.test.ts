import { expect, it } from "vitest";
import { SessionPool } from "./session-pool.ts";

function poolOf(budget: number) {
  const events: string[] = [];
  const pool = new SessionPool(budget);
  const session = (name: string, bytes: number) => ({
    bytes,
    async open() {
      events.push(`open ${name}`);
      return { run: async () => new Map(), release: async () => void events.push(`close ${name}`) };
    },
  });
  return { pool, session, events };
}

it("keeps what fits, and closes the longest unused first", async () => {
  const { pool, session, events } = poolOf(10);
  const [a, b, c] = [session("a", 4), session("b", 4), session("c", 5)];
  for (const one of [a, b, a, c]) await pool.get(one);
  expect(events).toEqual(["open a", "open b", "close b", "open c"]);
  await pool.get(a);
  await pool.release();
  expect(events.slice(4).sort()).toEqual(["close a", "close c"]);
});

it("opens one that is larger than all the room there is", async () => {
  const { pool, session, events } = poolOf(10);
  const [small, large] = [session("small", 1), session("large", 11)];
  await pool.get(small);
  await pool.get(large);
  await pool.get(small);
  expect(events).toEqual(["open small", "close small", "open large", "close large", "open small"]);
});
