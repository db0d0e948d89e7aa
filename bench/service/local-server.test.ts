import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { startLocalServer } from "./local-server.ts";

it("starts npm start's processes, and leaves nothing behind", async () => {
  const server = await startLocalServer(0);
  const headers = { authorization: `Bearer ${server.key}` };
  expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(200);
  expect(server.readyMs).toBeGreaterThan(0);
  await server.stop();
  expect(existsSync(server.dataDir)).toBe(false);
  await expect(fetch(server.url)).rejects.toThrow("fetch failed");
});
