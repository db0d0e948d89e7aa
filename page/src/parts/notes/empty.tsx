import type { ComponentChildren } from "preact";
import styles from "./empty.module.css";

/** What stands where nothing is yet: a title, a sentence, an action. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class={styles.empty}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}
