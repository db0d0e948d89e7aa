import type { Run } from "../../../../../sdk/src/index.ts";
import { runsText } from "../messages.ts";
import styles from "./progress-bar.module.css";

/** How far a run is: drawn, failed, under way, and the rest. */
export function ProgressBar({ run: { counts } }: { readonly run: Run }) {
  const done = counts.unchanged + counts.drawn;
  const whole = Math.max(1, counts.tasks);
  const refused = Object.values(counts.refused).reduce((sum, count) => sum + count, 0);
  const width = (images: number) => ({ width: `${(100 * Math.min(images, whole)) / whole}%` });
  return (
    <div
      class={styles.bar}
      role="progressbar"
      aria-label={runsText("progressOf", { a: done, b: counts.tasks })}
      aria-valuemin={0}
      aria-valuemax={counts.tasks}
      aria-valuenow={Math.min(done, counts.tasks)}
    >
      <div class={styles.drawn} style={width(done)} />
      <div class={styles.failed} style={width(counts.failed + refused)} />
      <div class={styles.underWay} style={width(counts.under_way)} />
    </div>
  );
}
