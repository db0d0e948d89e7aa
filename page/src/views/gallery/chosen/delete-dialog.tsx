import { useState } from "preact/hooks";
import { ApiError } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { commonText } from "../../../text/common.ts";
import { galleryText } from "../messages.ts";

/** Deleted at a time: a browser has six connections to a host. */
const atATime = 4;

/** Asks once whether images are to be deleted, says what stays, and deletes them. */
export function DeleteDialog({
  ids,
  onClose,
  onDeleted,
}: {
  readonly ids: readonly string[];
  readonly onClose: () => void;
  /** Told which are gone, also after a failure. */
  readonly onDeleted: (ids: ReadonlySet<string>) => void;
}) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const n = ids.length;
  const remove = async () => {
    setBusy(true);
    const { deleted, failure } = await deleteImages(ids);
    setBusy(false);
    if (failure === undefined) {
      onDeleted(deleted);
      toast(galleryText("deleted", { n: deleted.size }));
    } else setError(describeError(failure));
  };
  return (
    <Dialog
      title={galleryText("largeDelT", { n })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind="danger" busy={isBusy} onClick={() => void remove()}>
            {galleryText("largeDelDo", { n })}
          </Button>
        </>
      }
    >
      <p>{galleryText("largeDelP", { n })}</p>
      {error !== undefined && <Note kind="danger">{error}</Note>}
    </Dialog>
  );
}

/** Pressed again after a failure, it goes on: what is gone already counts as deleted. */
async function deleteImages(ids: readonly string[]) {
  const deleted = new Set<string>();
  let failure: unknown;
  const waiting = ids.values();
  const work = async () => {
    for (const id of waiting) {
      if (failure !== undefined) return;
      try {
        await client.peek().images.delete(id);
        deleted.add(id);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) deleted.add(id);
        else failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return { deleted, failure };
}
