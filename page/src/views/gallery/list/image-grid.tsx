import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import styles from "./grid.module.css";
import { indexOfTarget, onGridClick, onGridKey } from "./grid-events.ts";
import { type GridLayout, gridShape, layoutSections, topOf, visibleSpans } from "./grid-layout.ts";
import { GridSection } from "./grid-section.tsx";
import type { ImageGridProps } from "./image-grid-props.ts";
import type { ImageList } from "./image-list.ts";
import { useScroll } from "./use-scroll.ts";

/** Above and below the window, in windows: rows that are there before they are seen. */
const overscan = 0.5;
/** Above the window's first row, when it is scrolled to: the sticky heading. */
const headRoom = 48;

/** The images as square cells under their days; of 100,000, those in and near the window are in the document. */
export function ImageGrid(props: ImageGridProps) {
  const { list, size, addressOf, onMove, gridRef } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, offset } = useBox(box);
  const scroll = useScroll();
  const sections = list.sections.value;
  const counts = sections.map(({ count }) => count);
  const layout = useMemo(() => layoutSections(counts, gridShape(width, size)), [counts.join(), width, size]);
  const [active, setActive] = useState(0);
  const focusWanted = useRef(false);

  const extra = scroll.isFast ? 0 : scroll.height * overscan;
  const top = scroll.top - offset;
  const spans = visibleSpans(layout, top - extra, top + scroll.height + extra);
  const first = visibleSpans(layout, top + headRoom, top + scroll.height)[0]?.from ?? 0;
  useWantedImages({ list, layout, spans, isFast: scroll.isFast, height: scroll.height });
  useEffect(() => onMove(first), [first]);

  const scrollToIndex = (index: number) => scrollTo(0, topOf(layout, index) + offset - headRoom);
  const focusIndex = (index: number) => {
    focusWanted.current = !focusLink(box.current, index);
    setActive(index);
    const at = topOf(layout, index) + offset;
    if (at < scrollY + headRoom) scrollTo(0, at - headRoom);
    else if (at + layout.shape.cell > scrollY + innerHeight - headRoom) {
      scrollTo(0, at + layout.shape.cell - innerHeight + headRoom);
    }
  };
  gridRef.current = { scrollToIndex, focusIndex };
  // One that was not in the document when it was to get the focus.
  useLayoutEffect(() => {
    if (focusWanted.current && focusLink(box.current, active)) focusWanted.current = false;
  });
  // The one tab stop: the image last in focus while it is there, else the first in the window.
  const isThere = spans.some(({ from, to }) => active >= from && active < to);
  const tabStop = isThere ? active : first;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its links and buttons take the focus and are pressed; it handles them at one place
    <div
      ref={box}
      class={styles.grid}
      style={{ height: `${layout.height}px` }}
      onKeyDown={(event) => onGridKey(event, props, layout, focusIndex)}
      onClick={(event) => onGridClick(event, props, setActive)}
      onFocusIn={(event) => {
        const index = indexOfTarget(event.target);
        if (index !== undefined) setActive(index);
      }}
    >
      {spans.map((span) => (
        <GridSection
          key={sections[span.section]?.day}
          {...{ span, layout, tabStop, addressOf }}
          section={sections[span.section]!}
          total={list.total.value ?? -1}
          isFast={scroll.isFast}
        />
      ))}
    </div>
  );
}

function focusLink(box: HTMLElement | null, index: number): boolean {
  const link = box?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  link?.focus({ preventScroll: true });
  return link != null;
}

/** Asks the list for what is in the window; while it passes fast, when it has settled. */
function useWantedImages({
  list,
  layout,
  spans,
  isFast,
  height,
}: {
  readonly list: ImageList;
  readonly layout: GridLayout;
  readonly spans: ReturnType<typeof visibleSpans>;
  readonly isFast: boolean;
  readonly height: number;
}) {
  const { cell, gap, columns } = layout.shape;
  const from = spans[0]?.from ?? 0;
  // The end may not be known yet: as many as the window holds, and as many again.
  const to = Math.max(spans.at(-1)?.to ?? 0, from + 2 * columns * Math.ceil(height / (cell + gap)));
  useEffect(() => {
    if (!isFast && columns > 0 && cell > 0) list.want(from, to);
  }, [list, from, to, isFast, list.sections.value.length]);
}

function useBox(box: { current: HTMLElement | null }) {
  const [measured, setMeasured] = useState({ width: 0, offset: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      const { width, top } = element.getBoundingClientRect();
      const offset = Math.round(top + scrollY);
      setMeasured((before) => (before.width === width && before.offset === offset ? before : { width, offset }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // What stands above the grid moves it.
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  return measured;
}
