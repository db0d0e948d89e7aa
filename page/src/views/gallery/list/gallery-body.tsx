import { useRef, useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { describeError } from "../../../server/describe-error.ts";
import { commonText } from "../../../text/common.ts";
import { isChoosing } from "../chosen/chosen.ts";
import { type GalleryFilter, galleryAddress, isFiltered } from "../filters/gallery-filter.ts";
import { galleryText } from "../messages.ts";
import styles from "./gallery-body.module.css";
import type { CellSize } from "./grid-layout.ts";
import { ImageGrid } from "./image-grid.tsx";
import type { GridHandle } from "./image-grid-props.ts";
import type { ImageList } from "./image-list.ts";
import { MonthJump } from "./month-jump.tsx";
import { NewImages } from "./new-images.tsx";

const keepPlaceMs = 400;

export interface GalleryBodyProps {
  readonly list: ImageList;
  readonly filter: GalleryFilter;
  readonly size: CellSize;
  readonly openedAt: number;
  readonly reopen: () => void;
  readonly gridRef: { current: GridHandle | null };
  readonly onOpen: (id: string) => void;
  readonly onDelete: (id: string) => void;
  readonly onClear: () => void;
}

/** The grid, or what stands in its place: loading, nothing yet, nothing found, failed. */
export function GalleryBody(props: GalleryBodyProps) {
  const { list, filter, openedAt, reopen, gridRef, onClear } = props;
  const [at, setAt] = useState(0);
  const startAt = useRef(Number(new URLSearchParams(location.search).get("at") ?? 0) || 0);
  const keepPlace = useKeptPlace();
  const sections = list.sections.value;
  const error = list.error.value;
  const retry = () => (sections.length === 0 ? reopen() : list.want(at, at + 100));
  if (list.status.value === "failed") return <Failed error={error} onRetry={retry} />;
  if (list.status.value === "loading") return <Loading />;
  if (sections.length === 0 && list.total.value === 0) {
    return (
      <>
        <NewImages {...{ filter, sections, openedAt }} onShow={reopen} />
        {isFiltered(filter) ? <NoMatch filter={filter} onClear={onClear} /> : <NothingYet />}
      </>
    );
  }
  return (
    <>
      {error !== undefined && <Failed error={error} onRetry={retry} />}
      <NewImages {...{ filter, sections, openedAt }} onShow={reopen} />
      <div class={`${styles.body} ${isChoosing.value ? "is-choosing" : ""}`}>
        <ImageGrid
          {...props}
          gridRef={gridRef}
          addressOf={(id) => galleryAddress(filter, { image: id })}
          startAt={Math.min(startAt.current, Math.max(0, (list.total.value ?? 1) - 1))}
          onMove={(index) => {
            setAt(index);
            keepPlace(index);
          }}
        />
        <MonthJump sections={sections} at={at} onJump={(index) => gridRef.current?.scrollToIndex(index)} />
      </div>
      {list.total.value === null && error === undefined && (
        <p class={styles.searching} role="status">
          {galleryText("searching")}
        </p>
      )}
    </>
  );
}

/** The address tells the place, so that a reload or a way back finds it again. */
function useKeptPlace(): (index: number) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return (index) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (location.pathname !== "/gallery") return;
      const address = new URL(location.href);
      if (index > 0) address.searchParams.set("at", String(index));
      else address.searchParams.delete("at");
      history.replaceState(history.state, "", address);
    }, keepPlaceMs);
  };
}

function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <Note kind="danger" action={<Button onClick={onRetry}>{commonText("retry")}</Button>}>
      {describeError(error)}
    </Note>
  );
}

function Loading() {
  return (
    <div class={styles.loading}>
      {Array.from({ length: 24 }, (_, index) => (
        <Skeleton key={index} height="100%" label={index === 0 ? commonText("loading") : ""} />
      ))}
    </div>
  );
}

function NothingYet() {
  return (
    <Empty
      title={galleryText("emptyT")}
      action={
        <Button kind="ink" href="/">
          {commonText("navCreate")}
        </Button>
      }
    >
      {galleryText("emptyP")}
    </Empty>
  );
}

function NoMatch({ filter, onClear }: { readonly filter: GalleryFilter; readonly onClear: () => void }) {
  const title = filter.q.trim() === "" ? galleryText("noneFiltered") : galleryText("noneT", { q: filter.q.trim() });
  return (
    <Empty title={title} action={<Button onClick={onClear}>{galleryText("clearF")}</Button>}>
      {galleryText("noneP")}
    </Empty>
  );
}
