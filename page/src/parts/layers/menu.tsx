import { Ellipsis, type IconNode } from "lucide";
import type { ComponentChildren, Ref, TargetedToggleEvent } from "preact";
import { useId, useRef } from "preact/hooks";
import { commonText } from "../../text/common.ts";
import { Button } from "../controls/button.tsx";
import { Icon } from "../icon.tsx";
import styles from "./menu.module.css";
import { placeUnder } from "./place-under.ts";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconNode;
  readonly run: () => void;
  readonly danger?: boolean;
}

/** What makes a button of any look open the menu. */
export interface MenuTrigger {
  readonly popovertarget: string;
  readonly buttonRef: Ref<HTMLButtonElement>;
}

/** Actions behind one button. Arrows, Home and End move; Escape closes and gives the focus back. */
export function Menu({
  items,
  icon = Ellipsis,
  label = commonText("more"),
  trigger,
}: {
  readonly items: readonly MenuItem[];
  readonly icon?: IconNode;
  readonly label?: string;
  /** In place of a button with an icon. */
  readonly trigger?: (attributes: MenuTrigger) => ComponentChildren;
}) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const entries = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const onToggle = (event: TargetedToggleEvent<HTMLDivElement>) => {
    if (event.newState !== "open" || !button.current || !menu.current) return;
    placeUnder(menu.current, button.current, "end");
    entries()[0]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[to % all.length]?.focus();
  };
  return (
    <>
      {trigger?.({ popovertarget: id, buttonRef: button }) ?? (
        <Button kind="quiet" icon={icon} label={label} popovertarget={id} buttonRef={button} />
      )}
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        class={styles.menu}
        aria-label={label}
        onToggle={onToggle}
        onKeyDown={onKeyDown}
      >
        {items.map(({ label: text, icon: own, run, danger }) => (
          <button
            key={text}
            type="button"
            role="menuitem"
            class={`${styles.item} ${danger ? styles.danger : ""}`}
            onClick={() => {
              menu.current?.hidePopover();
              run();
            }}
          >
            {own && <Icon of={own} />}
            {text}
          </button>
        ))}
      </div>
    </>
  );
}
