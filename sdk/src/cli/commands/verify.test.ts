import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { openContentCredentials } from "../../../../gpu-worker/provenance/c2pa/content-credentials.ts";
import { openSigningKey } from "../../../../gpu-worker/provenance/c2pa/signing-key.ts";
import { api, documents, folder, lines, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

const stranger = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });

it("tells a file that was made here from a stranger's", async () => {
  const [made, other] = [join(folder, "made.png"), join(folder, "other.png")];
  await zimage(["gen", ...small, "-o", made]);
  await stranger.clone().png().toFile(other);
  const [job] = await api.allJobs();
  const { code, stdout } = await zimage(["verify", made, other]);
  expect(code).toBe(3);
  expect(lines(stdout)).toEqual([
    expect.stringMatching(new RegExp(`made.png: made here, unchanged: ${job!.id}, image 0, z-image-turbo, 2\\S+Z$`)),
    `${other}: not known to be made here`,
  ]);
  expect(await zimage(["verify", made])).toMatchObject({ code: 0 });
  expect((await zimage(["verify", other])).code).toBe(1);
  const [asJson] = documents((await zimage(["verify", made, "--json"])).stdout);
  expect(asJson).toMatchObject({ path: made, made_here: true, match: "bytes", image: { job: job!.id } });
});

it("uploads a file that is too large for a request, and deletes it again", async () => {
  const large = join(folder, "large.png");
  const pixels = Buffer.alloc(1_400 * 1_400 * 3, 0);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 7_919 * (i >> 5)) & 255;
  await sharp(pixels, { raw: { width: 1_400, height: 1_400, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toFile(large);
  expect(readFileSync(large).length).toBeGreaterThan(5_000_000);
  expect((await zimage(["verify", large])).stdout).toBe(`${large}: not known to be made here\n`);
  expect(api.requests.filter((request) => request.startsWith("DELETE /v1/files/"))).toHaveLength(1);
});

it("checks a signature without asking the service", async () => {
  const keys = join(folder, "keys");
  mkdirSync(keys);
  const credentials = openContentCredentials(await openSigningKey(join(keys, "ours")), { name: "Z", version: "1" });
  await openSigningKey(join(keys, "theirs"));
  const png = await stranger.clone().png().toBuffer();
  const { bytes } = await credentials.sign({ bytes: png, format: "png" });
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 30]! ^= 1;
  const path = (name: string, file: Uint8Array) => {
    writeFileSync(join(folder, name), file);
    return join(folder, name);
  };
  const files = [
    path("signed.png", bytes),
    path("changed.png", changed),
    path("plain.png", png),
    path("x.txt", Buffer.from("x")),
  ];
  const { code, stdout } = await zimage(["verify", "--offline", ...files], { env: {} });
  expect(lines(stdout)).toEqual([
    expect.stringMatching(/signed\.png: signed by Z-Image pipeline, self-made, unchanged: Z 1, urn:c2pa:\S+$/),
    expect.stringContaining("changed.png: signed by Z-Image pipeline, self-made, changed since: Z 1"),
    expect.stringContaining("plain.png: has no content credentials"),
    expect.stringContaining("x.txt: has no content credentials"),
  ]);
  expect(code).toBe(3);
  const check = (who: string) =>
    zimage(["verify", "--offline", "--certificate", join(keys, who, "chain.pem"), files[0]!], { env: {} });
  expect(await check("ours")).toMatchObject({ code: 0, stdout: expect.stringContaining("(trusted)") });
  expect(await check("theirs")).toMatchObject({ code: 1, stdout: expect.stringContaining("(not by the certificate") });
  expect(api.requests).toEqual([]);
});

it.each([
  ["no file", ["verify"], "FILE"],
  ["a file that is not there", ["verify", "nowhere.png"], "nowhere.png cannot be read"],
  ["a certificate for the service", ["verify", "--certificate", "x.pem", "a.png"], "--offline"],
])("refuses %s", async (_, args, message) => {
  expect(await zimage(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
