import type { ComponentChildren } from "preact";
import styles from "./tag.module.css";

/** A state in a word; its colour never says it alone. */
export function Tag({
  kind = "plain",
  children,
}: {
  readonly kind?: "plain" | "info" | "ok" | "warn" | "danger";
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`${styles.tag} ${styles[kind]}`}>
      {kind !== "plain" && <span class={styles.dot} />}
      {children}
    </span>
  );
}
