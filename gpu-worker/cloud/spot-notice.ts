import type { Clock } from "../../shared/ports/clock.ts";

/** AWS gives two minutes of notice; the instance's metadata says so first. */
const pollMs = 5_000;
const metadata = "http://169.254.169.254";

/**
 * Resolves when this machine is about to be taken away; never, where it has no metadata (then SIGTERM is the only
 * word). The instance action is absent (404) until then.
 */
export async function spotNotice(
  clock: Clock,
  signal: AbortSignal,
  { base = metadata, everyMs = pollMs }: { readonly base?: string; readonly everyMs?: number } = {},
): Promise<"notice" | "none"> {
  const timeout = () => AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
  const token = async () => {
    const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
    const response = await fetch(`${base}/latest/api/token`, { method: "PUT", headers, signal: timeout() });
    if (!response.ok) throw new Error(`metadata responded with ${response.status}`);
    return response.text();
  };
  let session = await token().catch(() => undefined);
  if (session === undefined) return "none";
  while (!signal.aborted) {
    try {
      const response = await fetch(`${base}/latest/meta-data/spot/instance-action`, {
        headers: { "x-aws-ec2-metadata-token": session },
        signal: timeout(),
      });
      await response.body?.cancel();
      if (response.ok) return "notice";
      if (response.status === 401) session = await token();
    } catch {
      // If the metadata service does not respond now, it may the next time; SIGTERM comes in any case.
    }
    await clock.sleep(everyMs, signal);
  }
  return "none";
}
