import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { checkScores, openRewardModule } from "./reward-module.ts";

const folder = temporaryFolder();
async function open(name: string, text: string, options?: unknown) {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, text);
  return openRewardModule(path, options);
}
const constantReward = "export default async (value) => ({ wants: 'latents', score: async () => [value] });";

it("opens a reward with the configuration's options; its hash is that of the text", async () => {
  const { reward, hash } = await open("constant", constantReward, 0.25);
  expect(await reward.score([])).toEqual([0.25]);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect((await open("same", constantReward, 0.5)).hash).toBe(hash);
  expect((await open("other", `${constantReward}\n`, 0.25)).hash).not.toBe(hash);
});

it.each([
  ["wants something else", "export default async () => ({ wants: 'gradients', score() {} });", 'wants "gradients"'],
  ["scores nothing", "export default async () => ({ wants: 'image' });", "expected a default export"],
  ["has no default export", "export const reward = 1;", "expected a default export"],
])("refuses a module that %s", async (name, text, message) => {
  const opened = open(name.replaceAll(" ", "-"), text);
  await expect(opened).rejects.toThrow(InvalidFileError);
  await expect(opened).rejects.toThrow(message);
});

it("refuses a module that is not there", async () => {
  await expect(openRewardModule(join(folder, "gone.ts"), {})).rejects.toThrow("gone.ts cannot be read");
});

it("takes one finite score per image alone", () => {
  expect(checkScores([1, -2], 2)).toEqual([1, -2]);
  expect(() => checkScores([1], 2)).toThrow("the reward gave 1 scores (1, …) for 2 images");
  expect(() => checkScores([1, Number.NaN], 2)).toThrow("expected one finite number per image");
});
