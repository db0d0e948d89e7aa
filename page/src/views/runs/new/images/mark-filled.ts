export interface PromptPiece {
  readonly text: string;
  /** It came from the product and not from the template. */
  readonly filled: boolean;
}

/**
 * A prompt cut where a product's own values stand in it; of two that begin at one place, the longer.
 * @param values - cells of the product; each is looked for as templates write it, without markup
 */
export function markFilled(prompt: string, values: readonly string[]): PromptPiece[] {
  const wanted = [...new Set(values.map(withoutMarkup))].filter((value) => value.length > 0);
  const longest = wanted.sort((a, b) => b.length - a.length);
  const pieces: PromptPiece[] = [];
  let plainFrom = 0;
  for (let at = 0; at < prompt.length; ) {
    const found = longest.find((value) => prompt.startsWith(value, at) && isWhole(prompt, at, value.length));
    if (found === undefined) {
      at++;
      continue;
    }
    if (at > plainFrom) pieces.push({ text: prompt.slice(plainFrom, at), filled: false });
    pieces.push({ text: found, filled: true });
    at += found.length;
    plainFrom = at;
  }
  if (plainFrom < prompt.length) pieces.push({ text: prompt.slice(plainFrom), filled: false });
  return pieces;
}

function withoutMarkup(value: string): string {
  return value
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\s+/gu, " ")
    .trim();
}

const letter = /[\p{Script=Latin}\p{N}]/u;

/** "red" is not filled in "shredded"; Chinese has no such edges. */
function isWhole(prompt: string, at: number, length: number): boolean {
  const joins = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && letter.test(a) && letter.test(b);
  return !joins(prompt[at - 1], prompt[at]) && !joins(prompt[at + length - 1], prompt[at + length]);
}
