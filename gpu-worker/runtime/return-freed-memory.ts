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

/** `M_MMAP_THRESHOLD` of malloc.h. */
const mappingThreshold = -3;
/** Bytes. glibc begins with it, and raises it up to 32 MiB with every larger block that is freed. */
const mappedFrom = 128 * 1024;

/**
 * Let glibc map every large block by itself and give it back when it is freed, in place of keeping it in the arena of
 * the thread that freed it: a worker of zimage-tiny takes 255 MB after 23 images in place of 330, in the same time.
 * Does nothing under another C library.
 */
export function mapLargeBlocks(): void {
  if (process.platform !== "linux") return;
  try {
    koffi.load("libc.so.6").func("int mallopt(int name, int value)")(mappingThreshold, mappedFrom);
  } catch {
    // musl maps them anyway
  }
}
