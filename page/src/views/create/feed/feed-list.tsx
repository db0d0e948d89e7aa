import { useEffect } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { apiKey } from "../../../server/session.ts";
import type { Draft } from "../draft.ts";
import { createText } from "../messages.ts";
import { feed, loadFeed, nextCursor } from "./feed.ts";
import { type FeedJob, settingsKey, settingsOf } from "./feed-job.ts";
import styles from "./feed-list.module.css";
import { followJobs } from "./follow-jobs.ts";
import { JobBlock } from "./job-block.tsx";
import { resubmitUnanswered } from "./submit-drawing.ts";

/** Images of a block: more stand in a block of their own. */
const maxTiles = 12;

/** The jobs of the account but those of its runs, newest first. What runs is followed, also after a reload. */
export function FeedList({
  models,
  onDraw,
}: {
  readonly models: readonly Model[];
  readonly onDraw: (draft: Draft) => void;
}) {
  const first = useServer({
    key: ["feed", apiKey.value],
    get: async () => {
      await loadFeed();
      return null;
    },
  });
  useEffect(() => {
    resubmitUnanswered();
    return followJobs();
  }, []);
  const { error } = first.value;
  return (
    <div class={styles.feed}>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      {blocksOf(feed.value).map((entries) => (
        <JobBlock key={entries.at(-1)!.key} entries={entries} models={models} onDraw={onDraw} />
      ))}
      {nextCursor.value != null && <Button onClick={() => void loadFeed({ more: true })}>{createText("older")}</Button>}
    </div>
  );
}

function blocksOf(jobs: readonly FeedJob[]): readonly (readonly FeedJob[])[] {
  const blocks: FeedJob[][] = [];
  let [lastKey, tiles] = ["", 0];
  for (const entry of jobs) {
    const key = settingsKey(entry);
    const { n } = settingsOf(entry);
    if (key === lastKey && tiles + n <= maxTiles) {
      blocks.at(-1)!.push(entry);
      tiles += n;
    } else {
      blocks.push([entry]);
      [lastKey, tiles] = [key, n];
    }
  }
  return blocks;
}
