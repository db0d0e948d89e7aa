import type { Image, ImageDetail } from "../../../../../sdk/src/index.ts";
import { shortPrompt } from "../list/short-prompt.ts";
import { galleryText } from "../messages.ts";
import { CompareSlider } from "./compare-slider.tsx";
import styles from "./stage.module.css";
import { useImageDetail } from "./use-image-detail.ts";

/** The image, alone or beside another under a slider. It is shown at three times its pixels at most. */
export function Stage({
  shown,
  other,
  input,
  isWhole,
  onZoom,
}: {
  readonly shown: Image | ImageDetail;
  readonly other: string | null;
  readonly input: string | undefined;
  readonly isWhole: boolean;
  readonly onZoom: () => void;
}) {
  const compared = useImageDetail(other?.startsWith("img_") ? other : null).value.data;
  const before = other === "input" ? input : compared?.url;
  const { width, height, url, prompt } = shown;
  if (other !== null && before !== undefined) {
    return (
      <CompareSlider
        {...{ before, width, height }}
        after={url}
        names={
          other === "input"
            ? [galleryText("largeBefore"), galleryText("largeAfter")]
            : [shortPrompt(compared?.prompt ?? ""), shortPrompt(prompt)]
        }
      />
    );
  }
  return (
    <button
      type="button"
      class={styles.frame}
      onClick={onZoom}
      aria-label={galleryText(isWhole ? "largeActual" : "largeFit")}
    >
      <img
        key={url}
        class={isWhole ? styles.whole : styles.actual}
        style={isWhole ? { maxWidth: `min(100%, ${width * 3}px)`, aspectRatio: `${width} / ${height}` } : {}}
        src={url}
        width={width}
        height={height}
        alt={shortPrompt(prompt)}
      />
    </button>
  );
}
