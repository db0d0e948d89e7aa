import { Check } from "lucide";
import { useMemo, useState } from "preact/hooks";
import type { Image } from "../../../../../sdk/src/index.ts";
import { Icon } from "../../../parts/icon.tsx";
import { galleryText } from "../messages.ts";
import styles from "./grid.module.css";
import { shortPrompt } from "./short-prompt.ts";

export interface TileProps {
  /** `undefined` until it has come. */
  readonly image: Image | undefined;
  readonly index: number;
  /** Of the whole list, -1 while not known. */
  readonly total: number;
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  /** Without its image: the list passes too fast. */
  readonly isBare: boolean;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly href: string;
}

/** A cell of the grid. Presses are handled by the grid, by `data-index`. */
export function Tile(props: TileProps) {
  const { image, index, total, left, top, cell, isBare, isActive, isChosen, href } = props;
  const [failed, setFailed] = useState(false);
  return useMemo(
    () => (
      <li
        class={`${styles.cell} ${isChosen ? styles.chosen : ""}`}
        style={{ transform: `translate(${left}px, ${top}px)`, width: `${cell}px`, height: `${cell}px` }}
        aria-setsize={total}
        aria-posinset={index + 1}
        data-index={index}
      >
        {image && (
          <>
            <a class={styles.link} href={href} tabIndex={isActive ? 0 : -1} data-id={image.id} draggable={false}>
              {isBare || failed ? (
                <span class={failed ? styles.missing : "unseen"}>{shortPrompt(image.prompt)}</span>
              ) : (
                <img
                  class={styles.image}
                  src={image.thumbnails[cell * devicePixelRatio > 256 ? "512" : "256"]}
                  alt={shortPrompt(image.prompt)}
                  decoding="async"
                  draggable
                  onError={() => setFailed(true)}
                />
              )}
            </a>
            <button
              type="button"
              class={styles.check}
              tabIndex={-1}
              aria-pressed={isChosen}
              aria-label={galleryText("choose")}
            >
              <Icon of={Check} />
            </button>
          </>
        )}
      </li>
    ),
    [image, index, total, left, top, cell, isBare && !failed, isActive, isChosen, href, failed],
  );
}
