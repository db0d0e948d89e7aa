import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { openReceiver } from "../../../../test/support/api/api-server.ts";
import { api, documents, folder, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("forwards webhooks to this machine, signed, and leaves nothing behind", async () => {
  const receiver = await openReceiver();
  try {
    const interrupted = new AbortController();
    const listening = zimage(["webhooks", "listen", "--forward-to", receiver.url, "--interval", "0.05"], {
      signal: interrupted.signal,
    });
    await expect.poll(() => listening.printed.stdout).toMatch(/^whsec_/);
    const secret = listening.printed.stdout.trim();
    const ids: string[] = [];
    for (const seed of ["1", "2"]) {
      api.clock.advance(1);
      await zimage(["gen", "x", "--seed", seed, "-s", "64x64", "-o", `${folder}/`]);
      ids.push((await api.allJobs())[0]!.id);
    }
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2);
    const bodies = receiver.received.map(({ body, headers }) =>
      new Webhook(secret).verify(body, headers as { [name: string]: string }),
    );
    expect(bodies).toMatchObject(ids.map((id) => ({ type: "job.succeeded", data: { id, status: "succeeded" } })));
    interrupted.abort();
    expect(await listening).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`job.succeeded ${ids[1]} msg_\\w+ -> 204`),
    });
    expect(documents(`${(await zimage(["webhooks", "list", "--json"])).stdout || "[]"}`)).toEqual([[]]);
  } finally {
    receiver.close();
  }
});
