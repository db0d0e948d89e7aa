import { NotFoundError } from "../../../shared/errors.ts";
import type { Objects } from "../../../shared/ports/objects.ts";

/** Read from the store at once. */
const pieceBytes = 500_000;

/**
 * The bytes of an object, read as fast as they are taken and no faster: a response holds a piece, however large the
 * object is. The first piece is read at once.
 * @param range - first and last byte. @default all
 * @param onEnd - called when its reader has taken the last byte, before it learns that there are no more
 * @throws NotFoundError `file_not_found`
 */
export async function objectStream(
  objects: Pick<Objects, "getRange">,
  key: string,
  {
    range: [start, end] = [0, Number.MAX_SAFE_INTEGER],
    onEnd,
  }: { readonly range?: readonly [number, number]; readonly onEnd?: () => Promise<void> } = {},
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const read = async (from: number) => {
    const part = await objects.getRange(key, from, Math.min(from + pieceBytes - 1, end));
    if (part === undefined) throw new NotFoundError("file_not_found", "the file behind this link is no longer stored");
    return part;
  };
  let at = start;
  let part: Awaited<ReturnType<typeof read>> | undefined = await read(at);
  const beyond = Math.min(end + 1, part.bytes);
  return new ReadableStream(
    {
      async pull(controller) {
        if (at >= beyond) {
          await onEnd?.();
          return controller.close();
        }
        const { body } = part ?? (await read(at));
        part = undefined;
        at += body.length;
        controller.enqueue(body as Uint8Array<ArrayBuffer>);
        if (at >= beyond && onEnd === undefined) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
