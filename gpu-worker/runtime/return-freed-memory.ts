import koffi from "koffi";

let trim: (() => void) | undefined;

/**
 * Give memory that was freed back to the system. glibc keeps freed blocks in one arena per thread, up to several GB
 * after a session of 8-bit weights was released, and the next network would come on top of them. Does nothing under
 * another C library.
 */
export function returnFreedMemory(): void {
  trim ??= trimOfLibrary();
  trim();
}

/** Not at import: koffi takes no settings once it has loaded a library. */
function trimOfLibrary(): () => void {
  if (process.platform !== "linux") return () => {};
  try {
    const mallocTrim = koffi.load("libc.so.6").func("int malloc_trim(size_t pad)");
    return () => void mallocTrim(0);
  } catch {
    return () => {}; // musl has no such function
  }
}
