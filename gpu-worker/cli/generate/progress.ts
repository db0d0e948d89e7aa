/** Output for progress: a terminal gets one line that is redrawn, a pipe gets plain lines. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): void;
}

export interface ProgressBar {
  /** `done` of `total` steps are finished. */
  update(done: number, total: number): void;
  /** Leave the line, so that other text can follow. */
  end(): void;
}

const barWidth = 24;

/**
 * Steps done, and the time left at the average speed so far.
 * @param now - milliseconds; any origin
 */
export function progressBar(
  output: ProgressOutput,
  label: string,
  { color, now }: { color: boolean; now: () => number },
): ProgressBar {
  const startedAt = now();
  let isOpen = false;
  return {
    update(done, total) {
      const elapsedS = (now() - startedAt) / 1000;
      const time = done < total ? `${seconds((elapsedS / done) * (total - done))} left` : `${seconds(elapsedS)}`;
      const text = `step ${done}/${total}  ${time}`;
      if (!output.isTTY) {
        output.write(`${label}${text}\n`);
        return;
      }
      const filled = Math.round((barWidth * done) / total);
      const bar = "━".repeat(filled);
      const rest = "─".repeat(barWidth - filled);
      const line = `${label}${color ? `\x1b[32m${bar}\x1b[0;2m${rest}\x1b[0m` : bar + rest}  ${text}`;
      output.write(`\r\x1b[K${line}`);
      isOpen = true;
    },
    end() {
      if (isOpen) output.write("\n");
      isOpen = false;
    },
  };
}

function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 100) return `${Math.round(value)} s`;
  return `${Math.floor(value / 60)} min ${String(Math.round(value % 60)).padStart(2, "0")} s`;
}
