import { galleryText } from "../messages.ts";
import { shortDay, shortMonth } from "./days.ts";
import type { DaySection } from "./image-list.ts";
import styles from "./month-jump.module.css";

/** More days than this are jumped to by their months. */
const mostDays = 31;

interface Jump {
  readonly key: string;
  readonly text: string;
  readonly first: number;
}

/** Places to jump to: the days, or where they are many, their months. */
function jumpsOf(sections: readonly DaySection[]): Jump[] {
  const byDay = sections.length <= mostDays;
  const jumps = new Map<string, Jump>();
  let first = 0;
  for (const { day, count } of sections) {
    const key = byDay ? day : day.slice(0, 7);
    if (!jumps.has(key)) jumps.set(key, { key, text: byDay ? shortDay(day) : shortMonth(day), first });
    first += count;
  }
  return [...jumps.values()];
}

/** Beside the grid: where in time the window is, and a way to any other time. */
export function MonthJump({
  sections,
  at,
  onJump,
}: {
  readonly sections: readonly DaySection[];
  /** Place of the first image in the window. */
  readonly at: number;
  readonly onJump: (index: number) => void;
}) {
  const jumps = jumpsOf(sections);
  const here = jumps.findLast(({ first }) => first <= at)?.key;
  if (jumps.length < 2) return null;
  return (
    <nav class={styles.jump} aria-label={galleryText("jump")}>
      <ul>
        {jumps.map(({ key, text, first }) => (
          <li key={key}>
            <button
              type="button"
              class={styles.entry}
              aria-current={key === here ? "true" : undefined}
              onClick={() => onJump(first)}
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
