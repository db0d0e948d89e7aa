/**
 * Does `work` for each of `all`, at most `most` at a time and in their order. After the first failure nothing more is
 * begun, and the failure is thrown once what was begun has ended.
 */
export async function atOnce<T>(all: readonly T[], most: number, work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const lane = async () => {
    while (next < all.length && failed === undefined) {
      try {
        await work(all[next++]!);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, lane));
  if (failed !== undefined) throw failed.error;
}
