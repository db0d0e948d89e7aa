import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { PageSessions } from "../../shared/access/page-sessions.ts";
import { type ApiUnderTest, openApi } from "../../test/support/api/api-under-test.ts";
import { newPageLink, rememberAddress, rememberedAddress } from "./page-link.ts";

let api: ApiUnderTest;
let folder: string;
beforeEach(async () => {
  api = await openApi();
  folder = mkdtempSync(join(tmpdir(), "link-"));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

it("keeps the address for its owner, and says what to do where there is none", () => {
  expect(() => rememberedAddress(folder)).toThrow(/DATA_DIR .* start it/);
  rememberAddress(folder, "http://127.0.0.1:8787");
  expect(rememberedAddress(folder)).toBe("http://127.0.0.1:8787");
  expect(statSync(join(folder, "start.url")).mode & 0o777).toBe(0o600);
});

it("makes a link with the rights of a key that is live", async () => {
  const sessions = new PageSessions({ ...api, apiKeys: api.apiKeys });
  const link = await newPageLink("http://x.test", api.key, { ...api, sessions });
  const once = /^http:\/\/x\.test\/open\?once=([\w-]{32})$/.exec(link ?? "")![1]!;
  const session = await sessions.redeemLink(once);
  const { id } = (await api.apiKeys.findKey(api.key))!;
  expect((await sessions.findKey(session!))?.id).toBe(id);
  await api.apiKeys.revokeKey(api.account.id, id);
  expect(await newPageLink("http://x.test", api.key, { ...api, sessions })).toBeUndefined();
});
