import { ulid } from "ulid";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { PageSessions } from "../shared/access/page-sessions.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { openExistingState } from "../shared/open-state.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { readStateConfig } from "../shared/state-config.ts";
import { ensureLocalAccount, ensureLocalKey } from "./local-account.ts";
import { newPageLink, rememberedAddress } from "./start/page-link.ts";

/** Whether the API is there that the link leads to. */
async function isAnswering(address: string): Promise<boolean> {
  const signal = AbortSignal.timeout(1_000);
  return fetch(`${address}/healthz`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** `npm run open`: a new link to the page of the `npm start` that uses DATA_DIR, for one browser and ten minutes. */
await runCommand(async () => {
  const config = readStateConfig(process.env);
  if (config.kind !== "embedded") {
    throw new InvalidInputError("bad_option", "npm run open is for npm start; on AWS, open the address and give a key");
  }
  process.umask(0o077);
  const { dataDir } = config;
  const address = rememberedAddress(dataDir);
  const state = await openExistingState(config);
  try {
    const apiKeys = new ApiKeys({ items: state.items, clock, newId: () => ulid() });
    const account = await ensureLocalAccount(apiKeys, dataDir);
    const key = await ensureLocalKey(apiKeys, dataDir, account, process.env.LOCAL_API_KEY || undefined);
    const sessions = new PageSessions({ items: state.items, clock, apiKeys });
    process.stdout.write(`${await newPageLink(address, key, { sessions, apiKeys })}\n`);
    if (!(await isAnswering(address))) process.stderr.write(`Nothing answers at ${address}; start it: npm start\n`);
  } finally {
    await state.close();
  }
});
