import type { IconNode } from "lucide";
import type { ComponentChildren, Ref } from "preact";
import { Icon } from "../icon.tsx";
import styles from "./chip.module.css";

/** A setting or a choice in a row. `set` says that it differs from the default, `pressed` that it is chosen. */
export function Chip({
  children,
  onClick,
  icon,
  set = false,
  pressed,
  expanded,
  controls,
  label,
  popovertarget,
  buttonRef,
}: {
  readonly children: ComponentChildren;
  readonly onClick?: (event: MouseEvent) => void;
  readonly icon?: IconNode;
  readonly set?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly controls?: string;
  readonly label?: string;
  readonly popovertarget?: string;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}) {
  return (
    <button
      type="button"
      class={`${styles.chip} ${set ? styles.set : ""}`}
      onClick={onClick}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-controls={controls}
      aria-label={label}
      popovertarget={popovertarget}
      ref={buttonRef}
    >
      {icon && <Icon of={icon} />}
      {children}
    </button>
  );
}
