import styles from "./range.module.css";

/** A slider. Tie it to a label with `Field`, or name it with `aria-label`. */
export function Range({
  value,
  onInput,
  min,
  max,
  step = 1,
  text,
  ...rest
}: {
  readonly value: number;
  readonly onInput: (value: number) => void;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** The value in words, for screen readers. */
  readonly text?: string;
  readonly id?: string;
  readonly "aria-label"?: string;
  readonly "aria-describedby"?: string | undefined;
  readonly "aria-invalid"?: boolean;
}) {
  const share = max > min ? ((value - min) / (max - min)) * 100 : 0;
  return (
    <input
      type="range"
      class={styles.range}
      // Set on the element, as the page's policy refuses style attributes in markup only.
      style={{ "--share": `${share}%` }}
      min={min}
      max={max}
      step={step}
      value={value}
      aria-valuetext={text}
      onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      {...rest}
    />
  );
}
