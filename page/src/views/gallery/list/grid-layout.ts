/** Measures of the grid in CSS pixels. Cells are square, so that every row has the same height and none is measured. */
export interface GridShape {
  readonly columns: number;
  readonly cell: number;
  readonly gap: number;
  readonly headHeight: number;
}

interface PlacedSection {
  readonly top: number;
  readonly height: number;
  /** Place of its first image in the whole list. */
  readonly first: number;
  readonly count: number;
}

export interface GridLayout {
  readonly shape: GridShape;
  readonly sections: readonly PlacedSection[];
  readonly height: number;
  readonly total: number;
}

const sectionGap = 16;
const cellsFor = { S: 96, M: 148, L: 232 } as const;
export type CellSize = keyof typeof cellsFor;

/** As many columns as fit, filling the width. @param width - of the grid */
export function gridShape(width: number, size: CellSize): GridShape {
  const isPhone = width < 560;
  const gap = isPhone ? 4 : 8;
  const wanted = isPhone ? (cellsFor[size] * width) / 480 : cellsFor[size];
  const columns = Math.max(1, Math.floor((width + gap) / (wanted + gap)));
  const cell = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, cell, gap, headHeight: 40 };
}

/** @param counts - images by section */
export function layoutSections(counts: readonly number[], shape: GridShape): GridLayout {
  const sections: PlacedSection[] = [];
  let top = 0;
  let first = 0;
  for (const count of counts) {
    const rows = Math.ceil(count / shape.columns);
    const height = shape.headHeight + rows * (shape.cell + shape.gap) - shape.gap;
    sections.push({ top, height, first, count });
    top += height + sectionGap;
    first += count;
  }
  return { shape, sections, height: Math.max(0, top - sectionGap), total: first };
}

/** Images of a section between two heights, by their places in the whole list; `to` is exclusive. */
export interface VisibleSpan {
  readonly section: number;
  readonly from: number;
  readonly to: number;
}

/** What lies between two heights of the grid. */
export function visibleSpans({ sections, shape }: GridLayout, top: number, bottom: number): VisibleSpan[] {
  const pitch = shape.cell + shape.gap;
  const spans: VisibleSpan[] = [];
  for (const [section, { top: start, height, first, count }] of sections.entries()) {
    if (start + height < top || start > bottom) continue;
    const cellsTop = start + shape.headHeight;
    const fromRow = Math.max(0, Math.floor((top - cellsTop) / pitch));
    const toRow = Math.max(0, Math.ceil((bottom - cellsTop) / pitch));
    const from = first + Math.min(count, fromRow * shape.columns);
    spans.push({ section, from, to: first + Math.min(count, toRow * shape.columns) });
  }
  return spans;
}

function sectionOf({ sections }: GridLayout, index: number): number {
  return sections.findIndex(({ first, count }) => index < first + count);
}

/** Where an image's row begins; the grid's end for one that it does not have. */
export function topOf(layout: GridLayout, index: number): number {
  const { columns, cell, gap, headHeight } = layout.shape;
  const section = layout.sections[sectionOf(layout, index)];
  if (section === undefined) return layout.height;
  return section.top + headHeight + Math.floor((index - section.first) / columns) * (cell + gap);
}

/** The image under the focus after a key; `undefined` for a key that does not move it. */
export function indexAfterKey(layout: GridLayout, index: number, key: string): number | undefined {
  const last = layout.total - 1;
  const clamp = (to: number) => Math.min(last, Math.max(0, to));
  switch (key) {
    case "ArrowLeft":
      return clamp(index - 1);
    case "ArrowRight":
      return clamp(index + 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowUp":
      return rowNear(layout, index, -1);
    case "ArrowDown":
      return rowNear(layout, index, 1);
    default:
      return undefined;
  }
}

/** The same column in the row before or after, which may be another section's and shorter. */
function rowNear(layout: GridLayout, index: number, step: 1 | -1): number {
  const { columns } = layout.shape;
  const at = sectionOf(layout, index);
  const here = layout.sections[at];
  if (here === undefined) return 0;
  const place = index - here.first;
  const column = place % columns;
  const rows = Math.ceil(here.count / columns);
  const row = Math.floor(place / columns) + step;
  if (row >= 0 && row < rows) return here.first + Math.min(here.count - 1, row * columns + column);
  const next = layout.sections[at + step];
  if (next === undefined) return index;
  const nextRow = step === 1 ? 0 : Math.ceil(next.count / columns) - 1;
  return next.first + Math.min(next.count - 1, nextRow * columns + column);
}
