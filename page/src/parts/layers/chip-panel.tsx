import { ChevronDown } from "lucide";
import type { ComponentChildren, TargetedToggleEvent } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { Chip } from "../controls/chip.tsx";
import { Icon } from "../icon.tsx";
import styles from "./chip-panel.module.css";
import { placeUnder } from "./place-under.ts";

/** A chip that opens a small form under it. `children` gets what closes it. */
export function ChipPanel({
  text,
  label,
  set = false,
  children,
}: {
  readonly text: string;
  /** Names the form. */
  readonly label: string;
  readonly set?: boolean;
  readonly children: (close: () => void) => ComponentChildren;
}) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLSpanElement>(null);
  const [isOpen, setOpen] = useState(false);
  const onToggle = (event: TargetedToggleEvent<HTMLDivElement>) => {
    const opens = event.newState === "open";
    setOpen(opens);
    if (!opens || !panel.current || !place.current) return;
    placeUnder(panel.current, place.current, "start");
    panel.current.querySelector<HTMLElement>("input, select, button")?.focus();
  };
  return (
    <span ref={place} class={styles.place}>
      <Chip set={set} expanded={isOpen} popovertarget={id}>
        <span class={styles.text}>{text}</span>
        <Icon of={ChevronDown} size={14} />
      </Chip>
      {/* biome-ignore lint/a11y/useSemanticElements: it is no fieldset of a form, but a layer over the page */}
      <div ref={panel} id={id} popover="auto" role="group" class={styles.panel} aria-label={label} onToggle={onToggle}>
        {isOpen && children(() => panel.current?.hidePopover())}
      </div>
    </span>
  );
}
