import { ChevronLeft, ChevronRight, Download, Info, Link, Trash2, X } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Image, ImageDetail } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Empty } from "../../../parts/notes/empty.tsx";
import { describeError } from "../../../server/describe-error.ts";
import { createWithImage } from "../../../shell/create-address.ts";
import { commonText } from "../../../text/common.ts";
import type { GalleryFilter } from "../filters/gallery-filter.ts";
import type { ImageList } from "../list/image-list.ts";
import { galleryText } from "../messages.ts";
import { Facts } from "./facts.tsx";
import styles from "./large-view.module.css";
import { ShareDialog } from "./share-dialog.tsx";
import { Stage } from "./stage.tsx";
import { Strip } from "./strip.tsx";
import { useImageDetail } from "./use-image-detail.ts";
import { useLargeKeys } from "./use-large-keys.ts";
import { type Place, usePlace } from "./use-place.ts";

export interface LargeViewProps {
  readonly id: string;
  /** What it is compared with: another image's id, or `input`; `null` shows it alone. */
  readonly other: string | null;
  readonly list: ImageList;
  readonly filter: GalleryFilter;
  readonly onShow: (id: string, more?: { readonly [name: string]: string }) => void;
  readonly onClose: () => void;
  readonly onDelete: () => void;
  /** Whether a dialog of the gallery is over it. */
  readonly isCovered: boolean;
}

/** One image over the whole page: itself, its neighbours, its facts and what can be done with it. */
export function LargeView(props: LargeViewProps) {
  const { id, list, other, onShow, onClose, onDelete, isCovered } = props;
  const [hasFacts, setFacts] = useState(true);
  const [isWhole, setWhole] = useState(true);
  const [isSharing, setSharing] = useState(false);
  const { route } = useLocation();
  const detail = useImageDetail(id);
  const image = detail.value.data?.id === id ? detail.value.data : undefined;
  const place = usePlace(list, id, image);
  const listed = place.image;
  const view = useCoveringView();
  const input = image?.params.image_url;
  const go = (step: 1 | -1) => {
    const next = step === 1 ? place.next : place.previous;
    if (next) onShow(next.id);
  };
  const compare = () => {
    if (other !== null) onShow(id);
    else if (input !== undefined) onShow(id, { with: "input" });
  };
  useLargeKeys(isCovered || isSharing, {
    go,
    send: (as) => route(createWithImage(id, as)),
    compare: other !== null || input !== undefined ? compare : undefined,
    close: onClose,
    facts: () => setFacts(!hasFacts),
    zoom: () => setWhole(!isWhole),
    remove: onDelete,
    share: () => setSharing(true),
    download: () => document.querySelector<HTMLElement>("#large-download")?.click(),
  });
  const shown = image ?? listed;
  if (detail.value.isError && image === undefined) {
    return <NotThere error={detail.value.error} onClose={onClose} />;
  }
  return (
    <section ref={view} class={styles.large} tabIndex={-1} aria-label={galleryText("largeTitle")}>
      <div class={styles.main}>
        <LargeHead
          {...{ shown, place, hasFacts, onClose, onDelete }}
          total={list.total.value}
          onShare={() => setSharing(true)}
          onFacts={() => setFacts(!hasFacts)}
        />
        <div class={styles.stage}>
          <Step step={-1} {...{ place, go }} />
          {shown && <Stage {...{ shown, other, input, isWhole }} onZoom={() => setWhole(!isWhole)} />}
          <Step step={1} {...{ place, go }} />
        </div>
        <Strip around={place.around} id={id} onShow={onShow} />
      </div>
      {hasFacts && (
        <Facts
          {...{ shown, detail: image }}
          compare={other === null && input === undefined ? undefined : compare}
          isComparing={other !== null}
        />
      )}
      {isSharing && <ShareDialog id={id} onClose={() => setSharing(false)} />}
    </section>
  );
}

/** Takes the focus; the page under it does not scroll. */
function useCoveringView() {
  const view = useRef<HTMLElement>(null);
  useEffect(() => {
    view.current?.focus({ preventScroll: true });
    const root = document.documentElement;
    // The place of the scrollbar becomes the view's; the page under it keeps its width.
    document.body.style.paddingRight = `${innerWidth - root.clientWidth}px`;
    root.classList.add("is-covered");
    return () => {
      root.classList.remove("is-covered");
      document.body.style.paddingRight = "";
    };
  }, []);
  return view;
}

function LargeHead({
  shown,
  place,
  total,
  hasFacts,
  onClose,
  onShare,
  onDelete,
  onFacts,
}: {
  readonly shown: Image | ImageDetail | undefined;
  readonly place: Place;
  readonly total: number | null;
  readonly hasFacts: boolean;
  readonly onClose: () => void;
  readonly onShare: () => void;
  readonly onDelete: () => void;
  readonly onFacts: () => void;
}) {
  const a = place.index + 1;
  const position = total === null ? galleryText("largePosOpen", { a }) : galleryText("largePos", { a, b: total });
  return (
    <header class={styles.head}>
      <Button kind="quiet" icon={X} label={commonText("close")} onClick={onClose} />
      <span class={styles.position}>{a > 0 && position}</span>
      {shown && (
        <Button
          id="large-download"
          kind="quiet"
          icon={Download}
          label={galleryText("largeDownload")}
          href={shown.url}
          download
        />
      )}
      <Button kind="quiet" icon={Link} label={galleryText("largeShare")} onClick={onShare} />
      <Button kind="quiet" icon={Trash2} label={galleryText("largeDel")} onClick={onDelete} />
      <Button kind="quiet" icon={Info} label={galleryText("largeInfo")} pressed={hasFacts} onClick={onFacts} />
    </header>
  );
}

/** The way to a neighbour. */
function Step({
  step,
  place,
  go,
}: {
  readonly step: 1 | -1;
  readonly place: Place;
  readonly go: (step: 1 | -1) => void;
}) {
  const isNext = step === 1;
  const isThere = (isNext ? place.next : place.previous) !== undefined;
  return (
    <div class={styles.step}>
      <Button
        kind="quiet"
        icon={isNext ? ChevronRight : ChevronLeft}
        label={galleryText(isNext ? "largeNext" : "largePrev")}
        blocked={isThere ? undefined : galleryText(isNext ? "largeLast" : "largeFirst")}
        onClick={() => go(step)}
      />
    </div>
  );
}

function NotThere({ error, onClose }: { readonly error: unknown; readonly onClose: () => void }) {
  useLargeKeys(false, { close: onClose });
  return (
    <section class={styles.large} aria-label={galleryText("largeTitle")}>
      <div class={styles.main}>
        <Empty title={galleryText("largeGone")} action={<Button onClick={onClose}>{galleryText("largeBack")}</Button>}>
          {describeError(error)}
        </Empty>
      </div>
    </section>
  );
}
