import type { ComponentChildren } from "preact";
import styles from "./part-head.module.css";

/** The heading of a part of a view. @param children - what stands at its end: an action, or a choice */
export function PartHead({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class={styles.head}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
