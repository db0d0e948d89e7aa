import { afterEach, beforeEach } from "vitest";
import { ZImageClient } from "../../../sdk/src/client.ts";
import type { ClientOptions } from "../../../sdk/src/http/transport.ts";
import { type ApiServer, openApiServer } from "./api-server.ts";

/** The API of the test that runs, on a loopback socket; see `serveSdk`. */
export let api: ApiServer;

/** A client of the package for it. */
export const client = (options: Partial<ClientOptions> = {}) =>
  new ZImageClient({ apiKey: api.key, baseUrl: api.url, ...options });

/** Opens `api` before each test of the file, and closes it behind it. */
export function serveSdk(): void {
  beforeEach(async () => {
    api = await openApiServer();
  });
  afterEach(() => api.close());
}

/** Passes requests on, and loses the first responses as a network does: after the server has worked. */
export function losesResponses(count: number, { seen = [] }: { seen?: Request[] } = {}): typeof fetch {
  let left = count;
  return async (input, init) => {
    seen.push(new Request(input as string, init));
    const response = await fetch(input, init);
    if (left-- <= 0) return response;
    await response.arrayBuffer();
    throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
  };
}

/** A small image that is drawn fast. */
export const request = { prompt: "a red cup", width: 128, height: 64, steps: 2, seed: 5 };
