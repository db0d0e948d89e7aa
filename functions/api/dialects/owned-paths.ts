import type { Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import type { ApiEnv } from "../dependencies.ts";
import type { Dialect } from "./dialect.ts";

/**
 * Whether a request belongs to the dialect, by any method: its path is one of the dialect's routes or of `alsoOwns`.
 */
export function ownedPaths(
  { alsoOwns = [], sharedPaths = {} }: Dialect,
  routes: Hono<ApiEnv>,
): (path: string, headers: Headers) => boolean {
  const router = new TrieRouter<string>();
  for (const path of new Set([...routes.routes.map((route) => route.path), ...alsoOwns])) router.add("ALL", path, path);
  return (path, headers) => router.match("ALL", path)[0].some(([owned]) => sharedPaths[owned]?.(headers) ?? true);
}
