import { expect, it } from "vitest";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { DiskState } from "./disk-state.ts";

it.each([
  [63_999_999, true],
  [64_000_000, false],
])("with %i free bytes, says full: %s", async (free, full) => {
  const disk = new DiskState({ clock: fastClock(), freeDiskBytes: async () => free });
  expect(await disk.isFull()).toBe(full);
});

it("is full for a minute after a write found no room, whatever the free bytes are", async () => {
  const clock = fastClock();
  const disk = new DiskState({ clock, freeDiskBytes: async () => 1e12 });
  disk.noteFull();
  clock.advance(59_999);
  expect(await disk.isFull()).toBe(true);
  clock.advance(1);
  expect(await disk.isFull()).toBe(false);
});

it("counts the minute from the last write that failed", async () => {
  const clock = fastClock();
  const disk = new DiskState({ clock });
  disk.noteFull();
  clock.advance(50_000);
  disk.noteFull();
  clock.advance(50_000);
  expect(await disk.isFull()).toBe(true);
});

it("is not full where the free bytes are unknown or cannot be read", async () => {
  const clock = fastClock();
  const unreadable = new DiskState({ clock, freeDiskBytes: () => Promise.reject(new Error("no such mount")) });
  expect(await unreadable.isFull()).toBe(false);
  expect(await new DiskState({ clock }).isFull()).toBe(false);
});

it("goes by what the file system said last while it says nothing, and asks it once", async () => {
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  let free = 0;
  let asked = 0;
  const disk = new DiskState({
    clock: fastClock(),
    async freeDiskBytes() {
      if (++asked > 1) await answers;
      return free;
    },
  });
  expect(await disk.isFull()).toBe(true);
  free = 1e12;
  expect([await disk.isFull(), await disk.isFull(), asked]).toEqual([true, true, 2]);
  answer();
  await answers;
  await disk.isFull();
  expect(await disk.isFull()).toBe(false);
});
