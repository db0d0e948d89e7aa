/** The value that `open` gives, opened by the first call. A failure is not kept: the next call tries again. */
export function openOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/**
 * A port whose driver is opened by the first call of one of its methods: an unused port costs no start-up time.
 * Closing one that was never opened opens nothing.
 */
export function openLater<T extends { close(): Promise<void> }>(open: () => Promise<T>): T {
  let isUsed = false;
  const opened = openOnce(open);
  const call = async (name: keyof T, args: readonly unknown[]) => {
    if (name === "close" && !isUsed) return;
    isUsed = true;
    const port = await opened();
    return Reflect.apply(port[name] as () => Promise<unknown>, port, args);
  };
  return new Proxy({} as T, {
    get(_, name) {
      // A port has nothing but methods that answer by promises. With a `then` it would be one itself.
      if (typeof name === "symbol" || name === "then") return undefined;
      return (...args: readonly unknown[]) => call(name as keyof T, args);
    },
  });
}
