import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import styles from "./view.module.css";

/**
 * A view's frame: its title (also the window's), what stands beside it, and its content in the width that suits it.
 * @param hideTitle - only screen readers get the heading
 */
export function View({
  title,
  lead,
  aside,
  sub,
  width = "column",
  hideTitle = false,
  children,
}: {
  readonly title: string;
  /** Before the title: the way back. */
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly sub?: ComponentChildren;
  /** `create` 920 px, `column` 1180 px, `all` the whole width. @default "column" */
  readonly width?: "create" | "column" | "all";
  readonly hideTitle?: boolean;
  readonly children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${title} · Z-Image`;
  }, [title]);
  return (
    <div class={`${styles.view} ${styles[width]}`}>
      <header class={hideTitle ? "unseen" : styles.head}>
        {lead}
        <div class={styles.titles}>
          <h1>{title}</h1>
          {sub !== undefined && <p class={styles.sub}>{sub}</p>}
        </div>
        {aside}
      </header>
      {children}
    </div>
  );
}
