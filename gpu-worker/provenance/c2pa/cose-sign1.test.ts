import { expect, it } from "vitest";
import { coseSign1 } from "./cose-sign1.ts";

const payload = Buffer.from("abc");
const signature = Buffer.alloc(64, 0x11);

/** What is made with a chain, and what the key was asked to sign, in hexadecimal. */
async function made(chain: readonly Uint8Array[], size: number) {
  let toSign = "";
  const sign = async (bytes: Uint8Array) => {
    toSign = Buffer.from(bytes).toString("hex");
    return signature;
  };
  const whole = Buffer.from(await coseSign1({ chain, sign }, payload, size)).toString("hex");
  return { whole, toSign };
}

it("signs the protected header with the payload, and leaves the payload out", async () => {
  const header = `a2${"0126"}${"1821"}${"82"}${"43010203"}${"420405"}`; // {1: -7, 33: [h'010203', h'0405']}
  const { whole, toSign } = await made([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)], 350);
  const context = Buffer.from("Signature1").toString("hex");
  expect(toSign).toBe(`84${`6a${context}`}${`4d${header}`}${"40"}${"43616263"}`);
  const before = `d284${`4d${header}`}a1${"63706164"}`; // tag 18 of [header, {"pad": …
  const padding = 350 - before.length / 2 - 3 - 1 - 66;
  expect(padding).toBe(259);
  expect(whole).toBe(`${before}590103${"00".repeat(259)}${"f6"}${`5840${"11".repeat(64)}`}`);
});

it("writes one certificate without a list around it, with the shortest head for its length", async () => {
  const lengths = [
    [23, "57"],
    [24, "5818"],
    [255, "58ff"],
    [256, "590100"],
    [65_536, "5a00010000"],
  ] as const;
  for (const [length, head] of lengths) {
    const { whole } = await made([new Uint8Array(length).fill(7)], length + 1_000);
    expect(whole).toContain(`a201261821${head}${"07".repeat(length)}a163706164`);
    expect(whole.length / 2).toBe(length + 1_000);
  }
});

it("refuses a chain that leaves less than 256 bytes of padding, and says how many are too many", async () => {
  const chain = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];
  await expect(made(chain, 347)).resolves.toMatchObject({ whole: expect.stringContaining("590100") });
  await expect(made(chain, 340)).rejects.toThrow(
    new RangeError("the certificate chain is too long: 7 bytes more than a signature has room for"),
  );
});
