import { expect, it } from "vitest";
import { half } from "../../../test/support/weights/gguf-file.ts";
import { dequantizeGgml, ggmlBytes, ggmlTypeOfNumber } from "./ggml-blocks.ts";

/*
 * Expected values are worked by hand from the layouts in ggml's `ggml-common.h`: each case sets a few codes, scales and
 * high bits that no other rule than the type's own would bring to the stated places.
 */

/** A block of zero bytes with some set. */
function block(bytes: number, set: Readonly<Record<number, readonly number[] | number>>): Uint8Array {
  const out = new Uint8Array(bytes);
  for (const [at, values] of Object.entries(set)) out.set([values].flat(), Number(at));
  return out;
}

const cases: [string, Uint8Array, Readonly<Record<number, number>>][] = [
  [
    "Q4_0",
    block(18, { 0: half(0.5), 2: 0xf1, 17: 0x28 }),
    { 0: (1 - 8) * 0.5, 16: (15 - 8) * 0.5, 15: 0, 31: (2 - 8) * 0.5 },
  ],
  ["Q4_1", block(20, { 0: half(0.5), 2: half(-1), 4: 0xf1 }), { 0: 0.5 - 1, 16: 7.5 - 1, 1: -1 }],
  ["Q5_0", block(22, { 0: half(2), 2: [0x01, 0, 0x01, 0], 6: 0x32 }), { 0: (18 - 16) * 2, 16: (19 - 16) * 2, 1: -32 }],
  [
    "Q5_1",
    block(24, { 0: half(2), 2: half(1), 4: [0x02, 0, 0, 0x80], 8: 0x32, 23: 0x40 }),
    { 0: 5, 16: 7, 1: 33, 31: (4 + 16) * 2 + 1 },
  ],
  ["IQ4_NL", block(18, { 0: half(0.5), 2: 0xf0, 17: 0x87 }), { 0: -63.5, 16: 56.5, 15: -5, 31: 0.5, 1: -63.5 }],
  // sub-block 0: low nibble 5, high bits 2 → 37 − 32 = 5; sub-block 7: low nibble 15, high bits 3 → 63 − 32 = 31.
  [
    "IQ4_XS",
    block(136, { 0: half(0.5), 2: [0x02, 0xc0], 4: [0x05, 0, 0, 0xf0], 8: 0x98, 120: 0x0f }),
    {
      0: 0.5 * 5 * 1,
      16: 0.5 * 5 * 13,
      1: 0.5 * 5 * -127,
      32: 0.5 * -32 * -127,
      224: 0.5 * 31 * 113,
      240: 0.5 * 31 * -127,
    },
  ],
  ["Q8_0", block(34, { 0: half(0.25), 2: 0x80, 33: 3 }), { 0: -32, 31: 0.75 }],
  // scale 3 and minimum 2 of the first 16; the last 16 (bits 6 and 7 of the second 32 bytes) have scale 1.
  [
    "Q2_K",
    block(84, { 0: 0x23, 15: 0x01, 16: 0x02, 79: 0xc0, 80: half(0.5), 82: half(0.25) }),
    { 0: 0.5 * 3 * 2 - 0.25 * 2, 1: -0.5, 255: 0.5 * 3 },
  ],
  // first scale: low nibble 5, high bits 2 → 37 − 32 = 5; without its high bit a code counts from −4.
  [
    "Q3_K",
    block(110, { 0: 0x01, 32: 0x03, 96: 0x05, 104: 0x02, 108: half(0.5) }),
    { 0: 0.5 * 5 * 3, 1: 0.5 * 5 * -4, 16: 0.5 * -32 * -4 },
  ],
  // sub-block 0: scale 3, minimum 2; sub-block 5 (from 160): scale 1 | 2 << 4 = 33, minimum 4 | 1 << 4 = 20.
  [
    "Q4_K",
    block(144, { 0: half(0.5), 2: half(0.25), 4: [3, 0x80, 0, 0, 2, 0x40, 0, 0, 0, 0x41], 16: 0x0f, 80: 0xa0 }),
    { 0: 0.5 * 3 * 15 - 0.25 * 2, 1: -0.5, 160: 0.5 * 33 * 10 - 0.25 * 20 },
  ],
  [
    "Q5_K",
    block(176, {
      0: half(0.5),
      2: half(0.25),
      4: [3, 0x80, 0, 0, 2, 0x40, 0, 0, 0, 0x41],
      16: 0x21,
      48: 0x0f,
      112: 0xa0,
    }),
    { 0: 0.5 * 3 * 31 - 0.5, 160: 0.5 * 33 * 26 - 5 },
  ],
  // value 0: low 15, high 1 → 31 − 32; value 224 (second half, fourth part): low 2, high 3 → 50 − 32, scale −2.
  [
    "Q6_K",
    block(210, { 0: 0x0f, 96: 0x20, 128: 0x01, 160: 0xc0, 192: [4], 206: [0xfe], 208: half(0.5) }),
    { 0: 0.5 * 4 * -1, 1: 0.5 * 4 * -32, 224: 0.5 * -2 * 18 },
  ],
];

it.each(cases)("%s", (name, bytes, expected) => {
  const values = dequantizeGgml(name, bytes);
  expect(values.length).toBe(/K$|XS$/.test(name) ? 256 : 32);
  expect(Object.fromEntries(Object.keys(expected).map((at) => [at, values[Number(at)]]))).toEqual(expected);
});

it("counts bytes by whole blocks, and knows which numbers it does not read", () => {
  expect(ggmlBytes("Q4_K", 512)).toBe(288);
  expect(() => ggmlBytes("Q4_K", 100)).toThrow("no whole number of Q4_K blocks");
  expect(ggmlTypeOfNumber(12)?.name).toBe("Q4_K");
  expect([0, 4, 9, 16, 24, 99].map(ggmlTypeOfNumber)).toEqual(new Array(6).fill(undefined));
});
