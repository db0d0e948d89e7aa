import { expect, it } from "vitest";
import { serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("manages webhook endpoints", async () => {
  const added = await zimage(["webhooks", "add", "https://example.com/hook", "--events", "job.failed,job.succeeded"]);
  expect(added.stdout).toMatch(/^whsec_/);
  const [id] = /whe_\w+/.exec(added.stderr) ?? [];
  expect((await zimage(["webhooks", "list"])).stdout).toMatch(
    `${id}  on     job.failed,job.succeeded  https://example.com/hook`,
  );
  const [message] = /msg_\w+/.exec((await zimage(["webhooks", "test", id!])).stdout) ?? [];
  expect((await zimage(["webhooks", "deliveries", id!])).stdout).toMatch(
    `${message}  pending  0      -         webhook.test`,
  );
  expect((await zimage(["webhooks", "redeliver", message!])).stdout).toBe(`${message} pending\n`);
  expect((await zimage(["webhooks", "replay", id!, "--since", "1h"])).stdout).toBe("0 messages\n");
  const rotated = (await zimage(["webhooks", "rotate-secret", id!])).stdout;
  expect(rotated).toMatch(/^whsec_/);
  expect(rotated).not.toBe(added.stdout);
  expect((await zimage(["webhooks", "remove", id!])).stdout).toBe(`${id} removed\n`);
  const { stdout: old } = await zimage(["webhooks", "secret"]);
  expect(old).toMatch(/^whsec_/);
  const { stdout: next } = await zimage(["webhooks", "rotate-secret"]);
  expect(next).not.toBe(old);
  expect((await zimage(["webhooks", "secret"])).stdout).toBe(next);
});
