import { keepInTab, keptInTab } from "./kept.ts";

const name = "zimage.reloaded";

/**
 * A view's script is gone after a deployment: the page is loaded again, once a minute at most, so that a script that is
 * missing for another reason does not reload it for ever.
 * @returns whether it is being reloaded
 */
export function reloadForChunk(error: unknown, now = Date.now()): boolean {
  if (!/dynamically imported module|importing a module script|Failed to fetch|preload CSS/i.test(String(error)))
    return false;
  if (now - Number(keptInTab(name) ?? 0) < 60_000) return false;
  keepInTab(name, String(now));
  location.reload();
  return true;
}
