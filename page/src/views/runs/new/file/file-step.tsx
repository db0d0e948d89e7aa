import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { RunRequest } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Field, TextInput } from "../../../../parts/controls/field.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { client } from "../../../../server/client.ts";
import { describeError } from "../../../../server/describe-error.ts";
import { useServer } from "../../../../server/queries.ts";
import { nameOf } from "../../amounts.ts";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import { StepFrame } from "../step-frame.tsx";
import { createRun, firstShot, followingWishes } from "./create-run.ts";
import { DropFile } from "./drop-file.tsx";
import styles from "./file-step.module.css";
import { PhotosCard } from "./photos-card.tsx";
import { type Upload, UploadRow, useUpload } from "./upload-row.tsx";

/**
 * The first step: a table, by file or address, and photos that it names.
 * @param again - id of the run that this one follows
 */
export function FileStep({ again }: { readonly again: string | undefined }) {
  const { route } = useLocation();
  const table = useUpload();
  const photos = useUpload();
  const [link, setLink] = useState("");
  const [runKey, setRunKey] = useState("");
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const isKeyWrong = runKey !== "" && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(runKey);
  const make = async (source: RunRequest["source"], name: string, part = "columns") => {
    setState({ busy: true });
    try {
      const wishes = again === undefined ? { shots: [firstShot] } : await followingWishes(again);
      const { fileId } = photos.value;
      const pictures = fileId === undefined ? {} : { pictures: { file_id: fileId } };
      const key = runKey === "" ? {} : { run_key: runKey };
      const { id } = await createRun(source, name, { ...wishes, ...pictures, ...key });
      route(`/runs/${id}/${part}`);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const onNext = () => {
    const { fileId, name } = table.value;
    if (fileId !== undefined) void make({ file_id: fileId }, name.replace(/\.\w{1,5}$/, ""));
    else if (link !== "")
      void make({ source_url: link.trim() }, link.trim().split(/[?#]/)[0]!.split("/").at(-1) || link);
  };
  const canGoOn = (table.value.fileId !== undefined || link !== "") && !photos.value.busy && !isKeyWrong;
  return (
    <StepFrame
      step={0}
      next={
        <Button kind="ink" busy={state.busy} blocked={canGoOn ? undefined : runsText("dropT")} onClick={onNext}>
          {runsText("next")}
        </Button>
      }
    >
      {again !== undefined && <AgainNote id={again} onSame={make} />}
      {state.error !== undefined && <Note kind="danger">{describeError(state.error)}</Note>}
      <TableFile upload={table} link={link} onLink={setLink} />
      <PhotosCard upload={photos} />
      {again === undefined && (
        <Card>
          <Field
            label={runsText("runKey")}
            hint={runsText("runKeyHint")}
            error={isKeyWrong ? runsText("runKeyBad") : undefined}
          >
            {(control) => (
              <TextInput {...control} value={runKey} onInput={setRunKey} placeholder="default" maxLength={64} />
            )}
          </Field>
        </Card>
      )}
    </StepFrame>
  );
}

function TableFile({
  upload,
  link,
  onLink,
}: {
  readonly upload: Upload;
  readonly link: string;
  readonly onLink: (link: string) => void;
}) {
  useDropAnywhere(upload.start);
  return (
    <>
      <DropFile onFile={upload.start} />
      {upload.value.name !== "" && <UploadRow upload={upload} />}
      {upload.value.name === "" && (
        <div class={styles.link}>
          <Field label={runsText("orUrl")} hint={runsText("urlHint")}>
            {(control) => (
              <TextInput
                {...control}
                type="url"
                value={link}
                onInput={onLink}
                placeholder="https://"
                maxLength={2_000}
              />
            )}
          </Field>
        </div>
      )}
    </>
  );
}

/** The whole page is the drop zone: who misses the box must not see the browser open the file. */
function useDropAnywhere(onFile: (file: File) => void): void {
  useEffect(() => {
    const onDragOver = (event: DragEvent) => event.preventDefault();
    const onDrop = (event: DragEvent) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) onFile(file);
    };
    addEventListener("dragover", onDragOver);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("drop", onDrop);
    };
  }, []);
}

function AgainNote({
  id,
  onSame,
}: {
  readonly id: string;
  readonly onSame: (source: RunRequest["source"], name: string, part: string) => Promise<void>;
}) {
  const run = useServer({ key: ["run", id], get: (signal) => client.value.runs.get(id, { signal }) }).value.data;
  const wishes = useServer({ key: ["run-mapping", id], get: (signal) => client.value.runs.mapping(id, { signal }) })
    .value.data;
  if (run === undefined) return null;
  const source = wishes?.source;
  return (
    <Note
      kind="info"
      action={
        source !== undefined && (
          <Button onClick={() => void onSame(source, nameOf(run), "images")}>{runsText("againSame")}</Button>
        )
      }
    >
      <strong>{runsText("againT", { name: nameOf(run) })}</strong>
      <br />
      {runsText("againP")}
    </Note>
  );
}
