import type { ComponentChildren } from "preact";
import styles from "./stats.module.css";

/** Figures (`Stat`) side by side in a card, as many in a row as it has room for. */
export function Stats({ children }: { readonly children: ComponentChildren }) {
  return <div class={styles.stats}>{children}</div>;
}
