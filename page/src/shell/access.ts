import { client } from "../server/client.ts";
import { useServer } from "../server/queries.ts";
import { apiKey } from "../server/session.ts";

/** The balance of the account in use; asking for it also finds out whether there is a key at all. */
export function useAccess() {
  return useServer({ key: ["balance", apiKey.value], get: (signal) => client.value.balance({ signal }) });
}
