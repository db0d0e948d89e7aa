import { deflateSync } from "node:zlib";
import type { Choices } from "./choices.ts";

/** Characters of a text at most, so that a body of several stays below the limit on bodies. */
const longest = 1_500_000;

/** Texts that regular expressions, parsers and tables have been slow at, or that are only large. */
export function hostileText(random: Choices): string {
  const size = random.pick([1, 60, 300, 4_000, 60_000, 400_000, longest]);
  const make: (() => string)[] = [
    () => `${"=".repeat(size)}A`,
    () => `${"a".repeat(size)}!`,
    () => `${" ".repeat(size)}x`,
    () => "\t\r\n ".repeat(size / 4),
    () => `${"A".repeat(size)}=`,
    () => "/".repeat(size),
    () => `${"../".repeat(size / 3)}etc/passwd`,
    () => `${"0".repeat(size)}1x1`,
    () => `${"1,".repeat(size / 2)}1`,
    () => `${"-_".repeat(size / 2)}`,
    () => `data:image/png;base64,${"A".repeat(size)}`,
    () => `data:${"a/".repeat(size / 2)};base64,AAAA`,
    () => `https://${"a.".repeat(Math.min(size, 4_000) / 2)}example/x`,
    () => `https://127.0.0.1:1/${"%2e%2e/".repeat(Math.min(size, 4_000) / 7)}`,
    () => "é".repeat(size / 2),
    () => "👩‍👩‍👧‍👦".repeat(size / 11),
    () => "e\u0301\u0300\u0302".repeat(size / 4),
    () => "\u202e\u200b\ufeff".repeat(size / 3),
    () => `${"(".repeat(size)}`,
    () => `${"[{".repeat(size / 2)}`,
    () => `${"<".repeat(size)}lora:x:1>`,
    () => `${"<lora:x:1>".repeat(size / 10)}`,
    () => `${"\\".repeat(size)}"`,
    () => "prompt: ".repeat(size / 8),
    () => `__proto__`,
    () => `job_${"0".repeat(26)}`,
    () => `file-${"0".repeat(26)}`,
    () => "\ud800",
    () => "\0".repeat(Math.min(size, 100)),
    () => `${"9".repeat(Math.min(size, 400))}`,
  ];
  return random.pick(make)();
}

/** A JSON value of a kind or a size that no field expects. */
export function hostileValue(random: Choices): unknown {
  const size = random.pick([1, 50, 1_000, 19_000, 60_000]);
  const make: (() => unknown)[] = [
    () => hostileText(random),
    () => hostileText(random),
    () => hostileImage(random),
    () => Array.from({ length: size }, () => 0),
    () => Array.from({ length: Math.min(size, 1_000) }, () => "x".repeat(1_000)),
    () => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i])),
    () =>
      Object.fromEntries(Array.from({ length: Math.min(size, 50) }, () => [hostileText(random).slice(0, 5_000), 1])),
    () => nested(random.pick([3, 15, 17, 200, 1_000])),
    () => random.pick([-1, 0, 1e-300, 1e300, 2 ** 53, -0.5, Number.MIN_VALUE, 1.5, 4_294_967_296]),
    () => random.pick([null, true, false, "", [], {}]),
    () => new Array<string>(Math.min(size, 500)).fill(hostileImage(random).slice(0, 300)),
  ];
  return random.pick(make)();
}

function nested(depth: number): unknown {
  let value: unknown = "leaf";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** An image as a data URL: honest, damaged, or with a header that promises more than there is. */
export function hostileImage(random: Choices): string {
  const bytes = random.pick([() => png(random), () => jpeg(random), () => webp(random), () => avif(random)])();
  if (random.chance(0.3)) bytes.fill(random.below(256), random.below(bytes.length));
  const type = random.pick(["png", "jpeg", "webp", "avif", "gif", "svg+xml"]);
  return `data:image/${type};base64,${bytes.toString("base64")}`;
}

/** Up to 8192 × 8192 pixels in a few kilobytes. */
export function png(random: Choices): Buffer {
  const side = random.pick([1, 64, 512, 8_192, 60_000]);
  const [depth, color] = random.pick([
    [8, 0],
    [1, 0],
    [8, 2],
    [8, 6],
    [16, 6],
    [1, 3],
    [16, 0],
  ] as const);
  const channels = { 0: 1, 2: 3, 3: 1, 6: 4 }[color];
  const rowBytes = 1 + Math.ceil((Math.min(side, 8_192) * depth * channels) / 8);
  const rows = Math.min(side, Math.floor(30_000_000 / rowBytes));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([depth, color, 0, 0, random.pick([0, 0, 1])], 8);
  const data = cached(`${rowBytes} ${rows}`, () => deflateSync(Buffer.alloc(rowBytes * rows), { level: 1 }));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    pngChunk("IHDR", header),
    repeated(pngChunk("tEXt", Buffer.alloc(4)), random.pick([0, 0, 50_000])),
    ...(color === 3 ? [pngChunk("PLTE", Buffer.alloc(6))] : []),
    pngChunk("IDAT", data),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

function repeated(piece: Buffer, times: number): Buffer {
  return times === 0 ? Buffer.alloc(0) : Buffer.alloc(piece.length * times, piece);
}

const deflated = new Map<string, Buffer>();

/** Deflating is slow, and the same few images do. */
function cached(name: string, make: () => Buffer): Buffer {
  const known = deflated.get(name) ?? make();
  deflated.set(name, known);
  return known;
}

/** Nothing here looks at checksums. */
function pngChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

/** Many segments, Exif among them, whose directories point at each other. */
function jpeg(random: Choices): Buffer {
  const segments = random.pick([1, 100, 20_000, 60_000]);
  const exif = Buffer.concat([
    Buffer.from("Exif\0\0II*\0\x08\0\0\0", "latin1"),
    Buffer.from([random.pick([1, 255]), random.pick([0, 255])]),
    Buffer.alloc(12, random.pick([0, 0x12, 0xff])),
  ]);
  const segment = Buffer.concat([Buffer.from([0xff, random.pick([0xe1, 0xe0, 0xfe]), 0, exif.length + 2]), exif]);
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 64, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), repeated(segment, segments), frame]);
}

function webp(random: Choices): Buffer {
  const chunks = random.pick([1, 1_000, 40_000]);
  const extended = Buffer.from("VP8X\x0a\0\0\0\x10\0\0\0\x3f\0\0\x3f\0\0", "latin1");
  const filler = Buffer.from("EXIF\x04\0\0\0AAAA", "latin1");
  return Buffer.concat([Buffer.from("RIFF\xff\xff\0\0WEBP", "latin1"), extended, repeated(filler, chunks)]);
}

function avif(random: Choices): Buffer {
  const box = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(random.chance(0.1) ? random.pick([0, 1, 8, 0xffffffff]) : body.length + 8);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, body]);
  };
  let inner = Buffer.alloc(20);
  for (let i = random.pick([1, 30, 300]); i > 0; i--)
    inner = Buffer.concat([box(random.pick(["meta", "iprp", "ipco", "ispe"]), inner.subarray(0, 4_000))]);
  const repeats = random.pick([1, 500, 20_000]);
  return Buffer.concat([
    box("ftyp", Buffer.from("avif\0\0\0\0avifmif1")),
    repeated(box("free", Buffer.alloc(4)), repeats),
    inner,
  ]);
}
