import type { ComponentChildren } from "preact";
import styles from "./card.module.css";

/** A part of a view with a heading of its own, which may be left out. */
export function Card({
  title,
  sub,
  aside,
  children,
}: {
  readonly title?: string;
  readonly sub?: string;
  readonly aside?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <section class={styles.card} aria-label={title}>
      {title !== undefined && (
        <header class={styles.head}>
          <div>
            <h2>{title}</h2>
            {sub !== undefined && <p class={styles.sub}>{sub}</p>}
          </div>
          {aside}
        </header>
      )}
      {children !== undefined && children !== false && <div class={styles.body}>{children}</div>}
    </section>
  );
}
