import { computed } from "@preact/signals";
import { ZImageClient } from "../../../sdk/src/index.ts";
import { language } from "../text/language.ts";
import { noteReachable, noteUnreachable } from "./connection.ts";
import { apiKey, keyWanted } from "./session.ts";

/** The server this page came from. Another key or language makes another client. */
export const client = computed(
  () =>
    new ZImageClient({
      baseUrl: location.origin,
      apiKey: apiKey.value ?? undefined,
      language: language.value,
      fetch: fetchFromServer,
    }),
);

/**
 * Every request tells whether the server can be reached, and whether the key still works: one that does not opens the
 * key dialog, unless another key was taken meanwhile.
 */
const fetchFromServer: typeof fetch = async (input, init) => {
  try {
    const response = await fetch(input, init);
    noteReachable();
    const sent = new Headers(init?.headers).get("authorization")?.replace("Bearer ", "") ?? null;
    if (response.status === 401 && sent === apiKey.peek()) keyWanted.value ??= sent === null ? "first" : "refused";
    return response;
  } catch (error) {
    if (!init?.signal?.aborted) noteUnreachable();
    throw error;
  }
};
