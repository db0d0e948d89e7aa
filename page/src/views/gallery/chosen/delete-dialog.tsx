import { ApiError } from "../../../../../sdk/src/index.ts";
import { AskDialog } from "../../../parts/layers/ask-dialog.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { client } from "../../../server/client.ts";
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
  /** Told which are gone, once all of them are. */
  readonly onDeleted: (ids: ReadonlySet<string>) => void;
}) {
  const n = ids.length;
  return (
    <AskDialog
      title={galleryText("largeDelT", { n })}
      text={galleryText("largeDelP", { n })}
      action={galleryText("largeDelDo", { n })}
      danger
      onClose={onClose}
      run={async () => {
        const { deleted, failure } = await deleteImages(ids);
        if (failure !== undefined) throw failure;
        onDeleted(deleted);
        toast(galleryText("deleted", { n: deleted.size }));
      }}
    />
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
