import { FileArchive, FolderOpen } from "lucide";
import { useRef, useState } from "preact/hooks";
import { Button } from "../../../../parts/controls/button.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import styles from "./photos-card.module.css";
import { type Upload, UploadRow } from "./upload-row.tsx";
import { zipPhotos } from "./zip-photos.ts";

/** Photos that the table names: a ZIP, or a folder that is packed here. */
export function PhotosCard({ upload }: { readonly upload: Upload }) {
  const zip = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<"idle" | "packing" | "none">("idle");
  const onFolder = async (files: readonly File[]) => {
    setState("packing");
    const packed = await zipPhotos(files.map((file) => ({ name: file.name, file })));
    setState(packed === null ? "none" : "idle");
    if (packed !== null) upload.start(new File([packed], `${runsText("photosSome", { n: files.length })}.zip`));
  };
  return (
    <Card
      title={runsText("photosT")}
      sub={runsText("photosP")}
      aside={
        <div class={styles.actions}>
          <input
            ref={zip}
            class="unseen"
            type="file"
            accept=".zip"
            tabIndex={-1}
            aria-label={runsText("photosZip")}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) upload.start(file);
              event.currentTarget.value = "";
            }}
          />
          <input
            ref={folder}
            class="unseen"
            type="file"
            tabIndex={-1}
            aria-label={runsText("photosFolder")}
            {...{ webkitdirectory: true }}
            onChange={(event) => void onFolder([...(event.currentTarget.files ?? [])])}
          />
          <Button icon={FileArchive} onClick={() => zip.current?.click()}>
            {runsText("photosZip")}
          </Button>
          <Button icon={FolderOpen} busy={state === "packing"} onClick={() => folder.current?.click()}>
            {runsText(state === "packing" ? "zipping" : "photosFolder")}
          </Button>
        </div>
      }
    >
      {(state === "none" || upload.value.name !== "") && (
        <>
          {state === "none" && <Note kind="danger">{runsText("photosNone")}</Note>}
          {upload.value.name !== "" && <UploadRow upload={upload} />}
        </>
      )}
    </Card>
  );
}
