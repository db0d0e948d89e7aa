import type { ComponentChildren } from "preact";
import styles from "./field.module.css";

/** Controls under one label that none of them is named by, with a hint and an error as a field has them. */
export function Group({
  label,
  hint,
  error,
  setting,
  children,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** What `openPanel` finds it by. */
  readonly setting?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={styles.field} data-setting={setting}>
      <span class={styles.head}>{label}</span>
      {children}
      {error !== undefined && (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      {hint !== undefined && <p class={styles.hint}>{hint}</p>}
    </div>
  );
}
