import { CloudOff } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "../icon.tsx";
import styles from "./banner.module.css";

/** Across the page's top, while something concerns all of it. */
export function Banner({
  children,
  aside,
}: {
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
}) {
  return (
    <div class={styles.banner} role="status">
      <Icon of={CloudOff} />
      <span class={styles.text}>{children}</span>
      {aside}
    </div>
  );
}
