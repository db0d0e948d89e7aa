import { SquareCheck } from "lucide";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useKeys } from "../../keys/use-keys.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Seg } from "../../parts/controls/seg.tsx";
import { DropZone } from "../../parts/layers/drop-zone.tsx";
import { client } from "../../server/client.ts";
import { fileForCreate } from "../../shell/create-address.ts";
import { keep, kept } from "../../shell/kept.ts";
import { View } from "../../shell/view.tsx";
import { endChoosing, forgetChosen, isChoosing } from "./chosen/chosen.ts";
import { ChosenBar } from "./chosen/chosen-bar.tsx";
import { DeleteDialog } from "./chosen/delete-dialog.tsx";
import { FilterBar } from "./filters/filter-bar.tsx";
import { type GalleryFilter, galleryAddress, isCounted, readFilter } from "./filters/gallery-filter.ts";
import styles from "./gallery.module.css";
import { LargeView } from "./large/large-view.tsx";
import { CountedImages } from "./list/counted-images.ts";
import { GalleryBody } from "./list/gallery-body.tsx";
import type { CellSize } from "./list/grid-layout.ts";
import type { GridHandle } from "./list/image-grid-props.ts";
import { type ImageList, indexOfImage } from "./list/image-list.ts";
import { SearchedImages } from "./list/searched-images.ts";
import { galleryText } from "./messages.ts";

const sizeName = "zimage.gallery.size";
const sizes = ["S", "M", "L"] as const;

/** All images of the account, and the large view of the one that the address names. */
export default function Gallery() {
  const { url, route } = useLocation();
  const search = useMemo(() => new URL(url, location.origin).searchParams, [url]);
  const filter = useMemo(() => readFilter(search), [search]);
  const { list, openedAt, reopen } = useImageList(filter);
  const [size, setSize] = useState<CellSize>(() => sizes.find((each) => each === kept(sizeName)) ?? "M");
  const [toDelete, setToDelete] = useState<readonly string[]>([]);
  const grid = useRef<GridHandle>(null);
  const isOpenedHere = useRef(false);
  const shown = search.get("image");
  useEffect(() => endChoosing, []);

  const show = (next: GalleryFilter, replace = false) => {
    scrollTo(0, 0);
    route(galleryAddress(next), replace);
  };
  const open = (id: string, more: { readonly [name: string]: string } = {}) => {
    // From one image to the next, the way back still leads to the grid.
    route(galleryAddress(filter, { image: id, ...more }), shown !== null);
    isOpenedHere.current ||= shown === null;
  };
  const close = () => {
    if (isOpenedHere.current) history.back();
    else route(galleryAddress(filter), true);
    isOpenedHere.current = false;
  };
  const onDeleted = (ids: ReadonlySet<string>) => {
    list.remove(ids);
    forgetChosen(ids);
    setToDelete([]);
  };
  useGalleryKeys(shown === null);
  useFocusBack(shown, list, grid);
  const total = list.total.value;
  const title = galleryText("title");
  return (
    <DropZone
      text={galleryText("dropHere")}
      onFile={(file) => {
        fileForCreate.value = file;
        route("/");
      }}
    >
      <div inert={shown !== null}>
        <View
          title={title}
          sub={total === null ? undefined : galleryText("count", { n: total })}
          width="all"
          aside={<GalleryTools size={size} onSize={setSize} />}
        >
          <FilterBar filter={filter} onChange={show} />
          <GalleryBody
            key={openedAt}
            {...{ list, filter, size, openedAt, reopen }}
            gridRef={grid}
            onOpen={open}
            onDelete={(id) => setToDelete([id])}
            onClear={() => show(readFilter(new URLSearchParams()))}
          />
        </View>
        {shown === null && (
          <ChosenBar onCompare={(first, second) => open(first, { with: second })} onDelete={setToDelete} />
        )}
      </div>
      {shown !== null && (
        <LargeView
          id={shown}
          other={search.get("with")}
          {...{ list, filter }}
          onShow={open}
          onClose={close}
          onDelete={() => setToDelete([shown])}
          isCovered={toDelete.length > 0}
        />
      )}
      {toDelete.length > 0 && (
        <DeleteDialog
          ids={toDelete}
          onClose={() => setToDelete([])}
          onDeleted={(ids) => {
            if (shown !== null && ids.has(shown)) leaveDeleted(list, shown, open, close);
            onDeleted(ids);
          }}
        />
      )}
    </DropZone>
  );
}

/** When the large view is left, by whatever way, the image that it showed has the focus. */
function useFocusBack(shown: string | null, list: ImageList, grid: { readonly current: GridHandle | null }): void {
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (shown === null && last.current !== null) {
      grid.current?.focusIndex(Math.max(0, indexOfImage(list.sections.peek(), last.current)));
    }
    last.current = shown;
  }, [shown]);
}

function GalleryTools({ size, onSize }: { readonly size: CellSize; readonly onSize: (size: CellSize) => void }) {
  return (
    <div class={styles.tools}>
      <Seg
        label={galleryText("size")}
        value={size}
        options={sizes.map((value) => ({ value, label: value }))}
        onChange={(next) => {
          keep(sizeName, next);
          onSize(next);
        }}
      />
      <Button
        icon={SquareCheck}
        pressed={isChoosing.value}
        onClick={() => (isChoosing.value ? endChoosing() : (isChoosing.value = true))}
      >
        {galleryText("select")}
      </Button>
    </div>
  );
}

/** After the image on show was deleted: on to the next one, or back to the grid after the last. */
function leaveDeleted(list: ImageList, id: string, open: (id: string) => void, close: () => void): void {
  const all = list.sections.peek().flatMap(({ images }) => images);
  const at = all.findIndex((image) => image.id === id);
  const next = all[at + 1] ?? all[at - 1];
  if (at >= 0 && next !== undefined) open(next.id);
  else close();
}

/** Another filter makes another list; the same one stays through everything else that the address says. */
function useImageList(filter: GalleryFilter) {
  const [round, setRound] = useState(0);
  const address = galleryAddress(filter);
  const made = useMemo(() => {
    const list: ImageList = isCounted(filter)
      ? new CountedImages(client.value, filter)
      : new SearchedImages(client.value, filter);
    return { list, openedAt: Date.now() };
  }, [address, round, client.value]);
  const reopen = () => {
    scrollTo(0, 0);
    setRound((before) => before + 1);
  };
  return { ...made, reopen };
}

function useGalleryKeys(isShown: boolean): void {
  const move = () => document.querySelector<HTMLElement>("[data-index] a[tabindex='0']")?.focus();
  const bindings = [
    {
      keys: "/",
      label: () => galleryText("keySearch"),
      run: () => document.querySelector<HTMLElement>("#gallery-search input")?.focus(),
    },
    { keys: "ArrowDown", label: () => galleryText("keyMove"), run: move, applies: isOnPage },
    { keys: "x", label: () => galleryText("keyChoose"), run: () => (isChoosing.value = true), applies: isOnPage },
    { keys: "Escape", label: () => galleryText("clear"), run: endChoosing, applies: () => isChoosing.peek() },
  ];
  useKeys(() => galleryText("title"), isShown ? bindings : []);
}

/** Where no control has the focus, whose own keys these would be. */
const isOnPage = (event: KeyboardEvent): boolean =>
  event.target === document.body || (event.target instanceof HTMLElement && event.target.id === "main");
