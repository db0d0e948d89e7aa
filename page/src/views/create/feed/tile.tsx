import { Brush, CircleAlert, CircleSlash, Clock, Download, ImagePlus } from "lucide";
import { Button } from "../../../parts/controls/button.tsx";
import { Icon } from "../../../parts/icon.tsx";
import { createText } from "../messages.ts";
import { thumbnailOf } from "./feed.ts";
import type { FeedJob } from "./feed-job.ts";
import { isOpen, settingsOf } from "./feed-job.ts";
import { editImage, startFromImage } from "./image-actions.ts";
import styles from "./tile.module.css";

/** One image of a job, from its place in the queue to the finished file. */
export function Tile({ entry, index }: { readonly entry: FeedJob; readonly index: number }) {
  const { job, progress, drawn } = entry;
  const { prompt, width = 1, height = 1 } = settingsOf(entry);
  const image = job?.images.find((each) => each.index === index);
  const url = image?.url ?? drawn.get(index);
  const alt = prompt.length > 120 ? `${prompt.slice(0, 119)}…` : prompt;
  if (url !== undefined) {
    return (
      <li class={styles.tile}>
        <a class={styles.link} href={image ? `/gallery?image=${image.id}` : url}>
          <img
            class={styles.image}
            src={thumbnailOf(image?.id) ?? url}
            alt={alt}
            width={image?.width ?? width}
            height={image?.height ?? height}
            // Never more than three times its pixels: it would be a blur.
            style={{ maxWidth: `${(image?.width ?? width) * 3}px` }}
          />
        </a>
        {image && (
          <div class={styles.actions}>
            <Button kind="over" icon={ImagePlus} label={createText("asInput")} onClick={() => startFromImage(image)} />
            <Button kind="over" icon={Brush} label={createText("edit")} onClick={() => void editImage(image)} />
            <Button kind="over" icon={Download} label={createText("download")} href={url} download />
          </div>
        )}
      </li>
    );
  }
  if (!isOpen(entry)) {
    const isStopped = job?.status === "canceled";
    return (
      <li class={`${styles.tile} ${isStopped ? styles.waiting : styles.failed}`}>
        <Icon of={isStopped ? CircleSlash : CircleAlert} size={20} />
        <strong>{createText(isStopped ? "canceled" : "failTitle")}</strong>
      </li>
    );
  }
  const state = progress.get(index);
  return state === undefined ? (
    <WaitingTile entry={entry} isFirst={index === 0} />
  ) : (
    <li class={styles.tile}>
      {state.preview !== null && <img class={styles.image} src={state.preview} alt="" />}
      <span class={styles.step}>{createText("step", { a: state.step, b: state.total })}</span>
      <span class={styles.line} style={{ width: `${(100 * state.step) / state.total}%` }} />
    </li>
  );
}

function WaitingTile({ entry, isFirst }: { readonly entry: FeedJob; readonly isFirst: boolean }) {
  const { job, place } = entry;
  if (!isFirst || job?.status === "running") return <li class={`${styles.tile} ${styles.waiting}`} />;
  const ahead = place?.position == null ? null : place.position - 1;
  const title = job === null ? "sending" : ahead === null || ahead > 0 ? "waiting" : "next";
  return (
    <li class={`${styles.tile} ${styles.waiting}`}>
      <Icon of={Clock} size={20} />
      <strong>{ahead !== null && ahead > 0 ? createText("waitTitle", { n: ahead }) : createText(title)}</strong>
      {place?.etaS != null && place.etaS >= 1 && (
        <span class={styles.sub}>{createText("waitSub", { s: Math.ceil(place.etaS) })}</span>
      )}
    </li>
  );
}
