import { useId } from "preact/hooks";
import styles from "./seg.module.css";

/** One of a few values, side by side. */
export function Seg<Value extends string>({
  value,
  onChange,
  options,
  label,
}: {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  /** Names the group for screen readers. */
  readonly label: string;
}) {
  const name = useId();
  return (
    <fieldset class={styles.seg}>
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <label key={option.value} class={styles.option}>
          <input
            type="radio"
            class="unseen"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
