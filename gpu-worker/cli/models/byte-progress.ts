import type { ProgressOutput } from "../generate/progress.ts";
import type { PullProgress } from "./pull-model.ts";

const barWidth = 24;
const redrawMs = 200;

/**
 * Shows a download: a line drawn over on a terminal, a plain line for each tenth elsewhere.
 * @param now - milliseconds; any origin
 */
export function byteProgress(
  output: ProgressOutput,
  now: () => number,
): { update(progress: PullProgress): void; end(): void } {
  const startedAt = now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let firstBytes: number | undefined;
  let tenth = 0;
  let isOpen = false;
  return {
    update({ file, doneBytes, totalBytes }) {
      firstBytes ??= doneBytes; // of an earlier run: they say nothing about the speed of this one
      const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
      const speed = (doneBytes - firstBytes) / Math.max(1, now() - startedAt); // kB/s
      const left = speed > 0 ? `${Math.ceil((totalBytes - doneBytes) / speed / 1000)} s left` : "";
      const text = `${(doneBytes / 1e9).toFixed(2)} of ${(totalBytes / 1e9).toFixed(2)} GB  ${(speed / 1000).toFixed(1)} MB/s  ${left}  ${file}`;
      if (!output.isTTY) {
        if (Math.floor(10 * share) > tenth) output.write(`${text}\n`);
        tenth = Math.floor(10 * share);
      } else if (now() - drawnAt >= redrawMs || doneBytes === totalBytes) {
        const filled = Math.round(barWidth * share);
        const line = `${"━".repeat(filled)}${"─".repeat(barWidth - filled)}  ${text}`;
        output.write(`\r\x1b[K${line.slice(0, (output.columns ?? 120) - 1)}`);
        drawnAt = now();
        isOpen = true;
      }
    },
    end() {
      if (isOpen) output.write("\n");
      isOpen = false;
    },
  };
}
