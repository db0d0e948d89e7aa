/** A line of a text file. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Without its line end. Cut to the limit where the line is longer. */
  readonly text: string;
  readonly tooLong: boolean;
}

const lineFeed = 10;

/**
 * The lines of a UTF-8 file that arrives in pieces. Holds one line at a time, and of a line that is too long only the
 * part up to the limit, so memory does not grow with the file. Bytes that are not UTF-8 become U+FFFD.
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  { maxLineBytes }: { readonly maxLineBytes: number },
): AsyncGenerator<TextLine, void> {
  let number = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let tooLong = false;
  const hold = (piece: Uint8Array) => {
    const kept = piece.subarray(0, maxLineBytes - heldBytes);
    tooLong ||= kept.length < piece.length;
    if (kept.length === 0) return;
    held.push(kept);
    heldBytes += kept.length;
  };
  const line = (): TextLine => {
    const text = Buffer.concat(held).toString("utf8").replace(/\r$/, "");
    const read = { number: ++number, text, tooLong };
    held = [];
    heldBytes = 0;
    tooLong = false;
    return read;
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      hold(piece.subarray(start, end));
      yield line();
      start = end + 1;
    }
    hold(piece.subarray(start));
  }
  if (heldBytes > 0 || tooLong) yield line();
}
