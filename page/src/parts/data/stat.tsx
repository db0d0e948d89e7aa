import type { ComponentChildren } from "preact";
import styles from "./stat.module.css";

/** A figure and what it is. */
export function Stat({
  value,
  label,
  children,
}: {
  readonly value: ComponentChildren;
  readonly label: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={styles.stat}>
      <div class={styles.value}>{value}</div>
      <div class={styles.label}>{label}</div>
      {children}
    </div>
  );
}
