import { formatNumber } from "../../../text/texts.ts";
import { chosen } from "../chosen/chosen.ts";
import { dayTitle } from "./days.ts";
import styles from "./grid.module.css";
import type { GridLayout, VisibleSpan } from "./grid-layout.ts";
import type { DaySection } from "./image-list.ts";
import { Tile } from "./tile.tsx";

/** A day of the grid: its heading, and those of its cells that are in or near the window. */
export function GridSection({
  section: { day, count, images },
  span: { section, from, to },
  layout,
  total,
  tabStop,
  isFast,
  addressOf,
}: {
  readonly section: DaySection;
  readonly span: VisibleSpan;
  readonly layout: GridLayout;
  /** Images of the whole list, -1 while not known. */
  readonly total: number;
  /** Place of the image that Tab leads to. */
  readonly tabStop: number;
  readonly isFast: boolean;
  readonly addressOf: (id: string) => string;
}) {
  const { top, height, first } = layout.sections[section]!;
  const { columns, cell, gap } = layout.shape;
  return (
    <section class={styles.section} style={{ top: `${top}px`, height: `${height}px` }} aria-labelledby={`day-${day}`}>
      <h2 class={styles.day} id={`day-${day}`}>
        {dayTitle(day)} <span class={styles.count}>{formatNumber(count)}</span>
      </h2>
      <ul class={styles.cells} style={emptyCells(layout, count)}>
        {Array.from({ length: to - from }, (_, at) => {
          const index = from + at;
          const place = index - first;
          const image = images[place];
          return (
            <Tile
              key={index}
              {...{ image, index, total, cell }}
              left={(place % columns) * (cell + gap)}
              top={Math.floor(place / columns) * (cell + gap)}
              isBare={isFast}
              isActive={index === tabStop}
              isChosen={image !== undefined && chosen.value.has(image.id)}
              href={image === undefined ? "" : addressOf(image.id)}
            />
          );
        })}
      </ul>
    </section>
  );
}

/** Cells are drawn as the background, so that one whose image is late is never a hole. The last row may be short. */
function emptyCells({ shape: { columns, cell, gap } }: GridLayout, count: number) {
  const full = Math.floor(count / columns);
  return {
    "--cell": `${cell}px`,
    "--pitch": `${cell + gap}px`,
    "--full": `${full * (cell + gap)}px`,
    "--last": `${(count % columns) * (cell + gap)}px`,
  };
}
