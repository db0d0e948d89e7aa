import { expect, it } from "vitest";
import { bytesSource } from "./byte-source.ts";
import { isEncryptedOle } from "./encrypted-ole.ts";

/**
 * A compound file whose header says that sectors have 2^`shift` bytes and the directory begins with sector `sector`.
 */
function oleFile({ shift, sector, bytes }: { shift: number; sector: number; bytes: number }): Buffer {
  const file = Buffer.alloc(bytes);
  file.write("d0cf11e0a1b11ae1", "hex");
  file.writeUInt16LE(shift, 30);
  file.writeUInt32LE(sector, 48);
  return file;
}

const isEncrypted = (file: Uint8Array) => isEncryptedOle(bytesSource(file));

it("finds the directory by the header, in files of small and of large sectors", async () => {
  for (const [shift, sector] of [
    [9, 5],
    [12, 2],
  ] as const) {
    const file = oleFile({ shift, sector, bytes: 20_000 });
    expect(await isEncrypted(file)).toBe(false);
    file.write("EncryptedPackage", (sector + 1) * 2 ** shift + 128, "utf16le");
    expect(await isEncrypted(file), `sectors of 2^${shift} bytes`).toBe(true);
  }
});

it("does not take the words for a directory where they lie in front of it", async () => {
  const file = oleFile({ shift: 9, sector: 5, bytes: 8_192 });
  file.write("EncryptedPackage", 1_024, "utf16le");
  expect(await isEncrypted(file)).toBe(false);
});

it("does not read where a damaged header leads: behind the end, or into sectors of no known size", async () => {
  const far = oleFile({ shift: 9, sector: 0xff_ff_ff_fe, bytes: 2_048 });
  const odd = oleFile({ shift: 0, sector: 600, bytes: 2_048 });
  for (const file of [far, odd]) {
    file.write("EncryptedPackage", 1_024, "utf16le");
    expect(await isEncrypted(file)).toBe(false);
  }
  expect(await isEncrypted(far.subarray(0, 511))).toBe(false);
});
