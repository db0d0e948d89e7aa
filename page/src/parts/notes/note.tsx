import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "../icon.tsx";
import styles from "./note.module.css";

const icons = { info: Info, ok: CircleCheck, warn: TriangleAlert, danger: CircleAlert };

/** A sentence about what stands near it, and at most one action. Polite, but for danger. */
export function Note({
  kind,
  children,
  action,
}: {
  readonly kind: keyof typeof icons;
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class={`${styles.note} ${styles[kind]}`} role={kind === "danger" ? "alert" : "status"}>
      <span class={styles.icon}>
        <Icon of={icons[kind]} />
      </span>
      <div class={styles.text}>{children}</div>
      {action}
    </div>
  );
}
