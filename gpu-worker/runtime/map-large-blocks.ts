import koffi from "koffi";

/** `M_MMAP_THRESHOLD` of malloc.h. */
const mappingThreshold = -3;
/** Bytes. glibc begins with it, and raises it up to 32 MiB with every larger block that is freed. */
const mappedFrom = 128 * 1024;

/**
 * Let glibc map every large block by itself and give it back when it is freed, in place of keeping it in the arena of
 * the thread that freed it: up to several GB after a session of 8-bit weights was released, on top of which the next
 * network would come. A worker of zimage-tiny takes 255 MB after 23 images in place of 330, in the same time. Asking
 * for what the arenas keep besides (`malloc_trim`) gives back 7 MB more after a block of 181 million 8-bit weights, of
 * 210, and is left out.
 *
 * To be called before sessions are made. Does nothing under another C library.
 */
export function mapLargeBlocks(): void {
  if (process.platform !== "linux") return;
  try {
    koffi.load("libc.so.6").func("int mallopt(int name, int value)")(mappingThreshold, mappedFrom);
  } catch {
    // musl maps them anyway
  }
}
