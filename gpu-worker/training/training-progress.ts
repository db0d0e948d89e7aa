import type { ProgressOutput } from "../cli/generate/progress.ts";
import type { LoggedStep } from "./train-loop.ts";

export interface TrainingProgress {
  update(logged: LoggedStep): void;
  /** Leave the line, so that other text can follow. */
  end(): void;
}

const barWidth = 24;
/** Window of the moving averages shown, in steps. */
const window = 20;
/** Between two lines in a pipe. */
const lineEverySeconds = 10;

/**
 * Loss, speed and remaining time of a training: a terminal gets one line that is drawn over, a pipe gets a line now and
 * then.
 * @param now - milliseconds; any origin
 */
export function trainingProgress(
  output: ProgressOutput,
  { total, now }: { total: number; now: () => number },
): TrainingProgress {
  const recent: LoggedStep[] = [];
  let isOpen = false;
  let writtenAt = Number.NEGATIVE_INFINITY;
  const mean = (value: (logged: LoggedStep) => number) =>
    recent.reduce((sum, logged) => sum + value(logged), 0) / recent.length;
  return {
    update(logged) {
      recent.push(logged);
      if (recent.length > window) recent.shift();
      const stepSeconds = mean(({ seconds }) => seconds);
      const rate = mean(({ samples }) => samples) / stepSeconds;
      const left = duration((total - logged.step) * stepSeconds);
      const loss = mean((one) => one.loss).toPrecision(4);
      const text = `step ${logged.step}/${total}  loss ${loss}  ${rate.toFixed(1)} samples/s  ${left} left`;
      if (output.isTTY) {
        const filled = Math.round((barWidth * logged.step) / total);
        output.write(`\r\x1b[K${"━".repeat(filled)}${"─".repeat(barWidth - filled)}  ${text}`);
        isOpen = true;
      } else if (now() - writtenAt >= lineEverySeconds * 1000 || logged.step === total) {
        output.write(`${text}\n`);
        writtenAt = now();
      }
    },
    end() {
      if (isOpen) output.write("\n");
      isOpen = false;
    },
  };
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
