import koffi from "koffi";
import { expect, test } from "vitest";
import { mapLargeBlocks, returnFreedMemory } from "./return-freed-memory.ts";

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

test.runIf(isGlibc)("freed blocks below one in use go back to the system", () => {
  const libc = koffi.load("libc.so.6");
  const malloc = libc.func("void *malloc(size_t size)");
  const memset = libc.func("void *memset(void *block, int value, size_t size)");
  const free = libc.func("void free(void *block)");
  const size = 64 * 1024; // far below what glibc maps by itself
  const blocks = Array.from({ length: 2000 }, () => malloc(size) as object);
  for (const block of blocks) memset(block, 1, size);
  const onTop = malloc(size) as object;
  for (const block of blocks) free(block);

  const before = process.memoryUsage.rss();
  returnFreedMemory();
  expect(before - process.memoryUsage.rss()).toBeGreaterThan(100e6);
  free(onTop);
});
