import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { PageSessions } from "../shared/access/page-sessions.ts";
import { openState } from "../shared/open-state.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { ensureLocalAccount, ensureLocalKey } from "./local-account.ts";
import { rememberAddress } from "./start/page-link.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "open-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** `npm run open`, without npm. */
function open(env: { readonly [name: string]: string } = {}) {
  return promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", "local/open.ts"], {
    cwd: join(import.meta.dirname, ".."),
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
  });
}

it("prints a link to the page of the npm start that has the folder", async () => {
  const state = await openState({ kind: "embedded", dataDir });
  try {
    const apiKeys = new ApiKeys({ items: state.items, clock, newId: () => "1" });
    const account = await ensureLocalAccount(apiKeys, dataDir);
    const key = await ensureLocalKey(apiKeys, dataDir, account, undefined);
    rememberAddress(dataDir, "http://127.0.0.1:9999");
    const { stdout, stderr } = await open();
    expect(stderr).toBe("Nothing answers at http://127.0.0.1:9999; start it: npm start\n");
    const once = /^http:\/\/127\.0\.0\.1:9999\/open\?once=([\w-]{32})\n$/.exec(stdout)![1]!;
    const sessions = new PageSessions({ items: state.items, clock, apiKeys });
    const session = await sessions.redeemLink(once);
    expect((await sessions.findKey(session!))?.id).toBe((await apiKeys.findKey(key))?.id);
  } finally {
    await state.close();
  }
});

it.each([
  [{}, /no npm start has used DATA_DIR/],
  [
    {
      ...{ STATE: "aws", TABLE_NAME: "t", QUEUE_URL: "q", DEAD_LETTER_QUEUE_URL: "d", BUCKET_NAME: "b" },
      AWS_REGION: "eu-central-1",
    },
    /for npm start; on AWS/,
  ],
])("says in one line what is missing: %j", async (env, message) => {
  await expect(open(env)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
