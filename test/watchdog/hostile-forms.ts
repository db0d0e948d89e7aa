import type { Choices } from "./choices.ts";
import { hostileImage, hostileText, hostileValue, png } from "./hostile-values.ts";

/** A `multipart/form-data` body of at most `maxBytes`, with a file and fields as the route takes them, or nearly. */
export function formOf(
  path: string,
  random: Choices,
  maxBytes: number,
): { readonly type: string; readonly body: Buffer } {
  const boundary = random.pick(["b", `----${"x".repeat(60)}`, "--", "a".repeat(70)]);
  const parts: Buffer[] = [];
  const part = (head: string, content: Buffer | string) =>
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    );
  const field = /edits$/.test(path) ? "image" : /parts$/.test(path) ? "data" : "file";
  const name = () =>
    hostileText(random)
      .toWellFormed()
      .replaceAll(/["\r\n]/g, "")
      .slice(0, random.pick([20, 50_000]));
  const content: (() => Buffer)[] = [
    () => png(random),
    () => Buffer.from(hostileImage(random)),
    () => batchFile(random),
    () => Buffer.from(hostileText(random)),
    () => safetensors(random),
    () => Buffer.from(`--${boundary}`.repeat(20_000)),
    () => Buffer.from("\r\n".repeat(200_000)),
    () => Buffer.alloc(random.pick([1, 5_000_000])),
  ];
  part(`name="${field}"; filename="${random.chance(0.3) ? name() : "a.png"}"`, random.pick(content)());
  if (random.chance(0.1)) part(hostileHead(random), "x");
  part(`name="prompt"`, hostileText(random).slice(0, random.pick([50, 100_000])));
  part(`name="purpose"`, "batch");
  for (let i = random.pick([0, 0, 3, 5_000, 30_000]); i > 0; i--)
    part(`name="${random.pick(["n", "image[]", "x"])}"`, "1");
  if (random.chance(0.2)) part(`name="metadata"`, JSON.stringify(hostileValue(random)).slice(0, 1_000_000));
  if (random.chance(0.9)) parts.push(Buffer.from(`--${boundary}--\r\n`));
  const type = random.chance(0.1) ? `x="; boundary=zzz"; boundary=${boundary}` : `boundary=${boundary}`;
  return { type: `multipart/form-data; ${type}`, body: Buffer.concat(parts).subarray(0, maxBytes) };
}

/** Headers of a part that decode or read slowly, or do not end. */
function hostileHead(random: Choices): string {
  const size = random.pick([100, 20_000, 800_000]);
  return random.pick<() => string>([
    () => `name="a"; filename*=utf-8''${"%E4%BD%A0".repeat(size / 2)}`,
    () => `name="a"; filename="${'\\"'.repeat(size)}"`,
    () => `name="a"${";".repeat(size)}`,
    () => `name="a"\r\n${"a: b\r\n".repeat(size)}`,
    () => `name="a"\r\nContent-Type: ${"a/".repeat(size)}`,
    () => `name="a"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${"--c\r\n\r\n".repeat(size / 2)}`,
  ])();
}

function batchFile(random: Choices): Buffer {
  const line = (i: number) =>
    JSON.stringify({
      custom_id: `${i}`,
      method: "POST",
      url: "/v1/images/generations",
      body: { prompt: "x", size: "64x64" },
    });
  const count = random.pick([1, 100, 30_000]);
  const lines = Array.from({ length: count }, (_, i) => (i % 100 === 99 ? "\n".repeat(50) : line(i)));
  return Buffer.from(lines.join(random.pick(["\n", "\r\n", "\n\n"])));
}

/** A LoRA file of many tensors, or with a header that promises more than there is. */
function safetensors(random: Choices): Buffer {
  const tensors = random.pick([1, 1_000, 40_000]);
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: tensors }, (_, i) => [
          `${"a.".repeat(random.pick([1, 20]))}${i}.lora_A.weight`,
          { dtype: "F32", shape: [1, 1], data_offsets: [4 * i, 4 * i + 4] },
        ]),
      ),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(random.pick([BigInt(header.length), BigInt(header.length), 2n ** 40n, 0n]));
  return Buffer.concat([length, header, Buffer.alloc(4 * tensors)]);
}
