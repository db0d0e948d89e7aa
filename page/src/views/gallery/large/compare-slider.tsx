import { useState } from "preact/hooks";
import { galleryText } from "../messages.ts";
import styles from "./compare-slider.module.css";

/** Two images over each other; what is left of the divider shows `before`. */
export function CompareSlider({
  before,
  after,
  width,
  height,
  names,
}: {
  readonly before: string;
  readonly after: string;
  /** Of `after`, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly names: readonly [before: string, after: string];
}) {
  const [percent, setPercent] = useState(50);
  return (
    <div
      class={styles.compare}
      style={{ "--at": `${percent}%`, maxWidth: `min(100%, ${width * 3}px)`, aspectRatio: `${width} / ${height}` }}
    >
      <img class={styles.after} src={after} alt={names[1]} />
      <img class={styles.before} src={before} alt={names[0]} />
      <span class={`${styles.name} ${styles.left}`} aria-hidden="true">
        {names[0]}
      </span>
      <span class={`${styles.name} ${styles.right}`} aria-hidden="true">
        {names[1]}
      </span>
      <input
        class={styles.range}
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label={galleryText("largeSlider")}
        aria-valuetext={`${percent} %`}
        onInput={(event) => setPercent(event.currentTarget.valueAsNumber)}
      />
      <span class={styles.divider} aria-hidden="true" />
    </div>
  );
}
