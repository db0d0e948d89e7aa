import type { IconNode } from "lucide";
import type { ComponentChildren, Ref } from "preact";
import { Icon } from "../icon.tsx";
import styles from "./button.module.css";

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly onClick?: (event: MouseEvent) => void;
  /** `ink` is a view's one main action, `over` lies on an image. @default "plain" */
  readonly kind?: "ink" | "plain" | "quiet" | "danger" | "over";
  readonly icon?: IconNode;
  /** Its name where it shows an icon alone; also its tooltip. */
  readonly label?: string;
  /** Keeps its text and takes no further press. @default false */
  readonly busy?: boolean;
  /** Why it cannot be pressed; it stays reachable, so that the reason can be read. */
  readonly blocked?: string | undefined;
  /** A link that looks like a button. */
  readonly href?: string;
  readonly download?: string | boolean;
  readonly type?: "button" | "submit";
  readonly wide?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly controls?: string;
  readonly popovertarget?: string;
  readonly id?: string;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({ children, kind = "plain", icon, label, href, download, wide, id, ...rest }: ButtonProps) {
  const look = [styles.button, styles[kind], children ? "" : styles.alone, wide ? styles.wide : ""].join(" ");
  const inside = (
    <>
      {icon && <Icon of={icon} />}
      {children}
    </>
  );
  if (href !== undefined) {
    return (
      <a
        id={id}
        class={look}
        href={href}
        aria-label={label}
        title={label}
        {...(download === undefined ? {} : { download: download === true ? "" : download })}
      >
        {inside}
      </a>
    );
  }
  const {
    busy = false,
    blocked,
    onClick,
    type = "button",
    pressed,
    expanded,
    controls,
    popovertarget,
    buttonRef,
  } = rest;
  const onPress = (event: MouseEvent) => {
    if (busy || blocked !== undefined) return event.preventDefault();
    onClick?.(event);
  };
  return (
    <button
      id={id}
      ref={buttonRef}
      type={type}
      class={look}
      onClick={onPress}
      aria-label={label}
      title={blocked ?? label}
      aria-disabled={busy || blocked !== undefined}
      aria-busy={busy}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-controls={controls}
      popovertarget={popovertarget}
    >
      {inside}
    </button>
  );
}
