import type { Image } from "../../../../../sdk/src/index.ts";
import { shortPrompt } from "../list/short-prompt.ts";
import { galleryText } from "../messages.ts";
import styles from "./strip.module.css";

/** The neighbours of the image on show, which is marked. */
export function Strip({
  around,
  id,
  onShow,
}: {
  readonly around: readonly Image[];
  readonly id: string;
  readonly onShow: (id: string) => void;
}) {
  return (
    <ul class={styles.strip} aria-label={galleryText("largeStrip")}>
      {around.map((image) => (
        <li key={image.id}>
          <button
            type="button"
            class={styles.item}
            aria-current={image.id === id ? "true" : undefined}
            onClick={() => onShow(image.id)}
          >
            <img src={image.thumbnails["256"]} alt={shortPrompt(image.prompt)} decoding="async" />
          </button>
        </li>
      ))}
    </ul>
  );
}
