import { Download } from "lucide";
import { useState } from "preact/hooks";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { CodeBox } from "../../../parts/data/code-box.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { saveFile } from "../../../parts/data/save-file.ts";
import { toast } from "../../../parts/layers/toasts.ts";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { nameOf } from "../amounts.ts";
import { Card } from "../card.tsx";
import { runsText } from "../messages.ts";
import styles from "./downloads-tab.module.css";
import { PublicCard } from "./public-card.tsx";
import { ShopsCard } from "./shops-card.tsx";

const imagesPerPart = 1_000;

/** What leaves a run: its files, its lists, and what a shop imports. */
export function DownloadsTab({ run }: { readonly run: Run }) {
  const images = run.counts.drawn + run.counts.unchanged;
  const parts = Math.ceil(images / imagesPerPart);
  return (
    <div class={styles.columns}>
      <div class={styles.column}>
        <Card title={runsText("zip")} sub={runsText("zipP")}>
          {parts === 0 ? (
            <p class={styles.none}>{runsText("zipNone")}</p>
          ) : (
            <RowList label={runsText("zip")}>
              {Array.from({ length: parts }, (_, index) => (
                <RowItem
                  key={index}
                  title={runsText("part", { n: index + 1 })}
                  text={runsText("imagesN", { n: Math.min(imagesPerPart, images - index * imagesPerPart) })}
                  aside={
                    <Save
                      label="ZIP"
                      get={() => client.value.runs.archive(run.id, index + 1)}
                      name={`${nameOf(run)}-${index + 1}.zip`}
                    />
                  }
                />
              ))}
            </RowList>
          )}
        </Card>
        <Lists run={run} />
        <Card title={runsText("cmd")}>
          <CodeBox label="zimage run pull" parts={[{ text: `zimage run pull ${run.id} --out ./images` }]} />
        </Card>
      </div>
      <div class={styles.column}>
        <ShopsCard run={run} />
        <PublicCard run={run} />
      </div>
    </div>
  );
}

const forms = ["csv", "xlsx", "jsonl"] as const;

function Lists({ run }: { readonly run: Run }) {
  const { runs } = client.value;
  const blobOf = async (form: (typeof forms)[number]) =>
    form === "jsonl"
      ? new Blob([(await runs.manifest(run.id)).map((line) => `${JSON.stringify(line)}\n`).join("")])
      : new Blob([await runs.manifestFile(run.id, form)]);
  return (
    <RowList label={runsText("manifest")}>
      <RowItem
        title={runsText("manifest")}
        text={runsText("manifestP")}
        aside={forms.map((form) => (
          <Save key={form} label={form.toUpperCase()} get={() => blobOf(form)} name={`${nameOf(run)}.${form}`} />
        ))}
      />
      <RowItem
        title={runsText("inputPlus")}
        text={runsText("inputPlusP")}
        aside={
          <Save
            label="CSV"
            get={async () => new Blob([await runs.manifestFile(run.id, "input")])}
            name={`${nameOf(run)}-images.csv`}
          />
        }
      />
    </RowList>
  );
}

/** Fetches a file with the key, and hands it to the browser. */
function Save({
  label,
  get,
  name,
}: {
  readonly label: string;
  readonly get: () => Promise<Blob>;
  readonly name: string;
}) {
  const [busy, setBusy] = useState(false);
  const onClick = async () => {
    setBusy(true);
    try {
      saveFile(await get(), name);
    } catch (error) {
      toast(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={Download} busy={busy} onClick={() => void onClick()}>
      {label}
    </Button>
  );
}
