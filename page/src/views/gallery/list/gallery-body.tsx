import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { commonText } from "../../../text/common.ts";
import { isChoosing } from "../chosen/chosen.ts";
import { type GalleryFilter, galleryAddress, isFiltered } from "../filters/gallery-filter.ts";
import { galleryText } from "../messages.ts";
import { findPlace } from "./find-place.ts";
import styles from "./gallery-body.module.css";
import type { CellSize } from "./grid-layout.ts";
import { ImageGrid } from "./image-grid.tsx";
import type { GridHandle } from "./image-grid-props.ts";
import { type ImageList, imageAt } from "./image-list.ts";
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
  const keepPlace = useKeptPlace(list);
  useReturn(list, gridRef);
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

/**
 * The address names the first image in the window, so that a reload or a way back finds it again, whatever was drawn or
 * deleted meanwhile.
 */
function useKeptPlace(list: ImageList): (index: number) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const keep = (index: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (location.pathname !== "/gallery") return;
      const image = imageAt(list.sections.peek(), index);
      // It has not come yet.
      if (image === undefined) return keep(index);
      const address = new URL(location.href);
      if (index > 0) address.searchParams.set("at", image.id);
      else address.searchParams.delete("at");
      history.replaceState(history.state, "", address);
    }, keepPlaceMs);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return keep;
}

/** Scrolls to the image that the address named when the gallery was opened. */
function useReturn(list: ImageList, grid: GalleryBodyProps["gridRef"]): void {
  useEffect(() => {
    const at = new URLSearchParams(location.search).get("at");
    if (at === null || !at.startsWith("img_")) return;
    const controller = new AbortController();
    const { signal } = controller;
    const find = async () => {
      const index = await findPlace(list, await client.peek().images.get(at, { signal }));
      if (index > 0 && !signal.aborted) grid.current?.scrollToIndex(index);
    };
    // An image that is gone leaves the gallery at its beginning.
    find().catch(() => {});
    // Whoever scrolls meanwhile has another place in mind.
    const give = () => controller.abort();
    for (const name of ["wheel", "touchmove", "keydown"]) addEventListener(name, give, { passive: true });
    return () => {
      give();
      for (const name of ["wheel", "touchmove", "keydown"]) removeEventListener(name, give);
    };
  }, []);
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
