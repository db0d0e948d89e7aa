/**
 * Everything a generator yields. `Array.fromAsync` is not among the types of the language version that the code is
 * checked against.
 */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
