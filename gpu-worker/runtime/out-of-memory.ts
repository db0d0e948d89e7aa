/** Node, the C++ library and CUDA each say it in their own way. */
const phrases =
  /out of memory|memory limit|available memory of|failed to allocate|bad_alloc|allocation failed|cannot allocate/i;

export function isOutOfMemory(error: unknown): boolean {
  return phrases.test(error instanceof Error ? error.message : String(error));
}
