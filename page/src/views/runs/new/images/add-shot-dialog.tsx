import { Dialog } from "../../../../parts/layers/dialog.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { Skeleton } from "../../../../parts/notes/skeleton.tsx";
import { client } from "../../../../server/client.ts";
import { describeError } from "../../../../server/describe-error.ts";
import { useServer } from "../../../../server/queries.ts";
import { runsText } from "../../messages.ts";
import { firstShot, type Shot } from "../file/create-run.ts";
import styles from "./add-shot-dialog.module.css";
import { methodTitle, presetTitle } from "./shot-names.ts";

/** Ready-made shots, and an empty one. */
export function AddShotDialog({
  onAdd,
  onClose,
}: {
  readonly onAdd: (shot: Shot) => void;
  readonly onClose: () => void;
}) {
  const { data, error } = useServer({ key: ["presets"], get: (signal) => client.value.runs.presets({ signal }) }).value;
  return (
    <Dialog title={runsText("addShot")} onClose={onClose}>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      {!data && !error && <Skeleton height="240px" label={runsText("loading")} />}
      <ul class={styles.list}>
        {data?.map(({ name, shot }) => (
          <li key={name}>
            <Choice title={presetTitle(name)} text={describe(shot)} onClick={() => onAdd(shot)} />
          </li>
        ))}
        {data && (
          <li>
            <Choice
              title={runsText("ownShot")}
              text={methodTitle("draw")}
              onClick={() => onAdd({ ...firstShot, id: "image" })}
            />
          </li>
        )}
      </ul>
    </Dialog>
  );
}

function Choice({
  title,
  text,
  onClick,
}: {
  readonly title: string;
  readonly text: string;
  readonly onClick: () => void;
}) {
  return (
    <button type="button" class={styles.choice} onClick={onClick}>
      <strong>{title}</strong>
      <span>{text}</span>
    </button>
  );
}

function describe({ method, size }: Shot): string {
  return size === undefined ? methodTitle(method) : `${methodTitle(method)} · ${size.replace("x", " × ")}`;
}
