import { maxExpectedTextCharacters } from "../../shared/limits.ts";

/** Lines of a text that are looked at. */
const maxLines = 100;

/** How a text that was read differs from what an image should show. */
export interface TextComparison {
  /** Of each expected line: characters to change, add or leave out to make it of the line that comes closest. */
  readonly distances: readonly number[];
  /** Characters of the lines that belong to no expected one. */
  readonly elsewhere: number;
}

/** Spaces and the width of letters do not count: readers of text see both differently. */
export function compareText(read: string, expected: readonly string[]): TextComparison {
  const lines = read
    .split(/\r?\n/)
    .map(plain)
    .filter((line) => line.length > 0)
    .slice(0, maxLines);
  const free = new Set(lines.keys());
  const distances = expected.map((text) => {
    const wanted = plain(text);
    let [closest, fewest] = [-1, wanted.length];
    for (const index of free) {
      const distance = editDistance(wanted, lines[index]!);
      if (distance < fewest) [closest, fewest] = [index, distance];
    }
    free.delete(closest);
    return fewest;
  });
  const elsewhere = [...free].reduce((sum, index) => sum + lines[index]!.length, 0);
  return { distances, elsewhere };
}

function plain(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\s/g, "")
    .slice(0, 2 * maxExpectedTextCharacters);
}

/** Levenshtein distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, above[j]! + 1, row[j - 1]! + 1);
    }
    above = row;
  }
  return above[b.length]!;
}
