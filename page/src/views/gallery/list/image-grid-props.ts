import type { CellSize } from "./grid-layout.ts";
import type { ImageList } from "./image-list.ts";

export interface ImageGridProps {
  readonly list: ImageList;
  readonly size: CellSize;
  readonly addressOf: (id: string) => string;
  readonly onOpen: (id: string) => void;
  readonly onDelete: (id: string) => void;
  /** Called with the place of the first image in the window. */
  readonly onMove: (index: number) => void;
  readonly gridRef: { current: GridHandle | null };
}

export interface GridHandle {
  scrollToIndex(index: number): void;
  focusIndex(index: number): void;
}
