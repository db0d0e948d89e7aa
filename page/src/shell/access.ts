import { client } from "../server/client.ts";
import { polling } from "../server/polling.ts";
import { useServer } from "../server/queries.ts";
import { apiKey } from "../server/session.ts";

/** The key in use: its scopes, which decide what is shown, its account and, where it may read that, the balance. */
export function useAccess() {
  return useServer({
    key: ["key", apiKey.value],
    get: (signal) => client.value.key({ signal }),
    everyMs: polling.balance,
  });
}
