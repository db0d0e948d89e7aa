import { Globe } from "lucide";
import { useState } from "preact/hooks";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries, useServer } from "../../../server/queries.ts";
import { Card } from "../card.tsx";
import { runsText } from "../messages.ts";
import styles from "./public-card.module.css";

/** Permanent addresses that shops fetch images from. */
export function PublicCard({ run: { id, run_key } }: { readonly run: Run }) {
  const [busy, setBusy] = useState(false);
  const { data } = useServer({
    key: ["run-key", run_key],
    get: (signal) => client.value.runs.key(run_key, { signal }),
  }).value;
  const act = async (work: () => Promise<string>) => {
    setBusy(true);
    try {
      toast(await work());
    } catch (error) {
      toast(describeError(error));
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ["run-key"] });
    }
  };
  const publish = async () => {
    const { published, already, held } = await client.value.runs.publish(id);
    return runsText("publishedNow", { n: published + already, held });
  };
  const unpublish = async () => runsText("withdrawnN", { n: (await client.value.runs.unpublish(id)).withdrawn });
  return (
    <Card title={runsText("publicT")}>
      <p class={styles.text}>{runsText("publicP")}</p>
      <div class={styles.actions}>
        {data && <strong>{runsText("publishedN", { n: data.published })}</strong>}
        <Button icon={Globe} busy={busy} onClick={() => void act(publish)}>
          {runsText("publish")}
        </Button>
        {data !== undefined && data.published > 0 && (
          <Button kind="danger" busy={busy} onClick={() => void act(unpublish)}>
            {runsText("unpublish")}
          </Button>
        )}
      </div>
    </Card>
  );
}
