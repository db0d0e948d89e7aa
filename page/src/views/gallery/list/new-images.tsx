import { ArrowUp } from "lucide";
import { Button } from "../../../parts/controls/button.tsx";
import { client } from "../../../server/client.ts";
import { polling } from "../../../server/polling.ts";
import { useServer } from "../../../server/queries.ts";
import { apiKey } from "../../../server/session.ts";
import { type GalleryFilter, galleryAddress, imageFilter } from "../filters/gallery-filter.ts";
import { galleryText } from "../messages.ts";
import type { DaySection } from "./image-list.ts";
import styles from "./new-images.module.css";

const most = 100;

/**
 * Says that images came since the list was opened. They wait until they are asked for, so that nothing moves under the
 * reader's eyes.
 * @param openedAt - when the list was opened, milliseconds since the epoch
 */
export function NewImages({
  filter,
  sections,
  openedAt,
  onShow,
}: {
  readonly filter: GalleryFilter;
  readonly sections: readonly DaySection[];
  readonly openedAt: number;
  readonly onShow: () => void;
}) {
  const newest = sections[0]?.images[0]?.created_at;
  // The list may have been opened at its middle, where its newest is not known.
  const since = newest ?? new Date(openedAt).toISOString();
  const { created_before: before, ...rest } = imageFilter(filter);
  const isPast = before !== undefined && before <= since;
  const found = useServer({
    key: ["images", apiKey.value, "new", galleryAddress(filter), since],
    get: (signal) =>
      client.value.images
        .list({ ...rest, ...(before && { created_before: before }), created_after: since }, { pageSize: most, signal })
        .page(),
    everyMs: polling.images,
    enabled: !isPast,
  });
  const n = found.value.data?.data.length ?? 0;
  return (
    <div class={styles.place} role="status">
      {n > 0 && (
        <Button kind="ink" icon={ArrowUp} onClick={onShow}>
          {galleryText(n === most ? "newMany" : "newOnes", { n })}
        </Button>
      )}
    </div>
  );
}
