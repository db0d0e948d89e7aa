import { ulid } from "ulid";
import { expect, it } from "vitest";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import { setUpConsumer } from "../../test/support/api/job-consumer.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

it("dead-letters or handles 1,000 malformed messages, and goes on working", async () => {
  const seed = 20_261_123;
  const random = seededRandom(seed);
  const { queue, submit, start, ended, drained } = await setUpConsumer();
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const id = `job_${ulid()}`;
  const shapes = [
    () => "",
    () => "{",
    () => JSON.stringify(pick([null, 1, "x", [], {}, { v: 1 }, { jobId: id }, true])),
    () => JSON.stringify({ v: pick([0, 2, "1", null, 1.5, {}]), jobId: id }),
    () =>
      JSON.stringify({
        v: 1,
        jobId: pick(["", "job_", "job_../../x", 7, null, { $ne: 1 }, `${id} `, id.toLowerCase()]),
      }),
    () => JSON.stringify({ v: 1, jobId: id }),
    () => "x".repeat(Math.floor(random() * 5_000)),
    () => jobMessage(id).slice(0, Math.floor(random() * 40)),
    () => String.fromCodePoint(...Array.from({ length: 20 }, () => 0x20 + Math.floor(random() * 0xd000))),
    () => "[".repeat(900),
    () => '{"__proto__":{"v":1,"jobId":"x"}}',
  ];
  let sent = 0;
  for (let index = 0; index < 1_000; index++) {
    const body = pick(shapes)();
    if (body === "") continue;
    await queue.send(body);
    sent++;
  }
  start();
  await drained();
  const dead = await queue.deadLetters(2_000);
  expect(dead, `seed ${seed}`).toHaveLength(sent);
  for (const { reason } of dead) expect(reason).toMatch(/expected|at most|there is no job/);
  expect((await ended(await submit())).status).toBe("succeeded");
});
