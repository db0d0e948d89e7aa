/** Longer names are compared by their beginnings. */
const maxCompared = 40;

/**
 * The known name that a person most probably meant: the fewest characters added, left out, changed, or swapped with
 * their neighbour, and at most a third of them.
 */
export function closestName(meant: string, known: Iterable<string>): string | undefined {
  const wanted = compared(meant);
  let closest: string | undefined;
  let fewest = Math.floor(wanted.length / 3) + 1;
  for (const name of known) {
    const other = compared(name);
    if (Math.abs(other.length - wanted.length) >= fewest) continue;
    const distance = editDistance(wanted, other);
    if (distance < fewest) [closest, fewest] = [name, distance];
  }
  return closest;
}

function compared(name: string): string {
  return name.normalize("NFKC").toLowerCase().slice(0, maxCompared);
}

/** Optimal string alignment distance, three rows at a time. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, above[j]! + 1, row[j - 1]! + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
