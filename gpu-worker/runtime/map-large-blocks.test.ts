import koffi from "koffi";
import { expect, test } from "vitest";
import { mapLargeBlocks } from "./map-large-blocks.ts";

const isGlibc =
  process.platform === "linux" && "glibcVersionRuntime" in (process.report.getReport() as { header: object }).header;

test.runIf(isGlibc)("large blocks go back as they are freed, whatever was freed before", () => {
  const libc = koffi.load("libc.so.6");
  const malloc = libc.func("void *malloc(size_t size)");
  const memset = libc.func("void *memset(void *block, int value, size_t size)");
  const free = libc.func("void free(void *block)");
  const megabyte = 1 << 20;
  free(malloc(16 * megabyte)); // from here on glibc itself would keep what is smaller
  mapLargeBlocks();
  const between: object[] = [];
  const blocks = Array.from({ length: 100 }, () => {
    between.push(malloc(megabyte / 16) as object);
    return malloc(megabyte) as object;
  });
  for (const block of blocks) memset(block, 1, megabyte);

  const before = process.memoryUsage.rss();
  for (const block of blocks) free(block);
  expect(before - process.memoryUsage.rss()).toBeGreaterThan(90e6);
  for (const block of between) free(block);
});
