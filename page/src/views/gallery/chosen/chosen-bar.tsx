import { Columns2, Download, Trash2, X } from "lucide";
import { useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { describeError } from "../../../server/describe-error.ts";
import { galleryText } from "../messages.ts";
import { chosen, endChoosing, isChoosing } from "./chosen.ts";
import styles from "./chosen-bar.module.css";

/** What can be done with the chosen images. */
export function ChosenBar({
  onCompare,
  onDelete,
}: {
  readonly onCompare: (first: string, second: string) => void;
  readonly onDelete: (ids: readonly string[]) => void;
}) {
  const [packed, setPacked] = useState<number>();
  const n = chosen.value.size;
  if (!isChoosing.value) return null;
  const nothing = n === 0 ? galleryText("chooseFirst") : undefined;
  const download = async () => {
    setPacked(0);
    try {
      const { downloadZip } = await import("./download-zip.ts");
      await downloadZip([...chosen.peek().values()], setPacked);
    } catch (error) {
      toast(describeError(error));
    } finally {
      setPacked(undefined);
    }
  };
  return (
    <section class={styles.bar} aria-label={galleryText("chosenActions")}>
      <span class={styles.count} role="status">
        {galleryText("selected", { n })}
      </span>
      <Button
        kind="quiet"
        icon={Download}
        busy={packed !== undefined}
        blocked={nothing}
        onClick={() => void download()}
      >
        {packed === undefined ? galleryText("downloadN") : galleryText("packing", { a: packed, b: n })}
      </Button>
      <Button
        kind="quiet"
        icon={Columns2}
        blocked={n === 2 ? undefined : galleryText("compareTwo")}
        onClick={() => {
          const [first, second] = [...chosen.peek().keys()];
          if (first !== undefined && second !== undefined) onCompare(first, second);
        }}
      >
        {galleryText("largeCompare")}
      </Button>
      <Button kind="danger" icon={Trash2} blocked={nothing} onClick={() => onDelete([...chosen.peek().keys()])}>
        {galleryText("deleteN")}
      </Button>
      <Button kind="quiet" icon={X} label={galleryText("clear")} onClick={endChoosing} />
    </section>
  );
}
