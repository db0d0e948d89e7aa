import type { ComponentChildren } from "preact";
import styles from "./row-list.module.css";

/** Rows of one kind in a card, lines between them; each row is two lines on a phone. */
export function RowList({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <ul class={styles.list} aria-label={label}>
      {children}
    </ul>
  );
}

/** @param lead - an icon or a thumbnail; @param aside - state, figures and actions */
export function RowItem({
  lead,
  title,
  text,
  aside,
}: {
  readonly lead?: ComponentChildren;
  readonly title: ComponentChildren;
  readonly text?: ComponentChildren;
  readonly aside?: ComponentChildren;
}) {
  return (
    <li class={styles.row}>
      {lead}
      <div class={styles.main}>
        <div class={styles.title}>{title}</div>
        {text !== undefined && <div class={styles.text}>{text}</div>}
      </div>
      {aside !== undefined && <div class={styles.aside}>{aside}</div>}
    </li>
  );
}
