/** Data and code bits of a word of the extended binary Golay code. */
export const dataBits = 12;
export const codeBits = 24;

/** x¹¹ + x¹⁰ + x⁶ + x⁵ + x⁴ + x² + 1 */
const generator = 0xc75;

/** The 24 bits of 12, of which any three may be wrong. @see Golay, "Notes on Digital Coding", 1949 */
export function golayEncode(data: number): number {
  let rest = data << 11;
  for (let bit = 22; bit >= 11; bit--) if ((rest >> bit) & 1) rest ^= generator << (bit - 11);
  const word = (data << 11) | rest;
  return (word << 1) | parity(word);
}

const words = Int32Array.from({ length: 1 << dataBits }, (_, data) => golayEncode(data));

/**
 * The word that a reading is most like, weighing each bit by how sure it is.
 * @param logits - of 24 bits, the first that of the highest; positive for 1
 * @returns its data, and how many bits differ from the reading
 */
export function golayDecode(logits: readonly number[]): { readonly data: number; readonly differing: number } {
  let best = { data: 0, likeness: Number.NEGATIVE_INFINITY };
  for (const [data, word] of words.entries()) {
    let likeness = 0;
    for (let i = 0; i < codeBits; i++) likeness += (word >> (codeBits - 1 - i)) & 1 ? logits[i]! : -logits[i]!;
    if (likeness > best.likeness) best = { data, likeness };
  }
  const word = words[best.data]!;
  const differing = logits.filter((logit, i) => (logit > 0 ? 1 : 0) !== ((word >> (codeBits - 1 - i)) & 1)).length;
  return { data: best.data, differing };
}

function parity(word: number): number {
  let odd = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) odd ^= 1;
  return odd;
}
