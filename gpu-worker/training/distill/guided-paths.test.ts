import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { smallLatentShape, smallNetwork } from "../../../test/support/training/small-velocity-network.ts";
import { samplerSigmas } from "./distill-task.ts";
import { type GuidedPathsOptions, openGuidedPaths } from "./guided-paths.ts";
import { drawImages, itemNoises } from "./student-images.ts";

const values = smallLatentShape.reduce<number>((product, size) => product * size, 1);
const sigmas = samplerSigmas(4, 3);
const guidance = { scale: 1, negativeIds: [0] };
const batch = (group: number) => ({
  texts: ["", "", ""],
  ids: [[1], [2], [3 + group]],
  noises: itemNoises(group, 3, values),
  latentShape: smallLatentShape as unknown as [number, number, number],
});

async function open(folder: string, changes: Partial<GuidedPathsOptions> = {}) {
  const teacher = smallNetwork(1);
  onTestFinished(() => teacher.release());
  const told: string[] = [];
  const options = { folder, fingerprint: "", groups: 2, batch, sigmas, stride: 2, guidance };
  const tell = (text: string) => told.push(text);
  return { teacher, told, groups: await openGuidedPaths(teacher, teacher.initial, { ...options, tell, ...changes }) };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "paths-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it("keeps of each path its points at the student's levels, and the end", async () => {
  const { teacher, groups } = await open(await temporaryFolder());
  for (const [number, group] of groups.entries()) {
    const states: (readonly Float32Array[])[] = [];
    await drawImages(teacher, teacher.initial, batch(number), sigmas, {
      guidance,
      onState: (_, all) => states.push(all),
    });
    for (const item of [0, 1, 2]) {
      for (const stage of [0, 1]) {
        const point = group.point(item, stage);
        expect(point.ids).toEqual(batch(number).ids[item]);
        expectClose(point.patches, states[2 * stage]![item]!, 4e-3, `point ${stage} of ${item}`); // float16
        expectClose(point.end, states[4]![item]!, 4e-3, `end of ${item}`);
      }
    }
  }
});

it("draws them once, goes on after the last whole group, and draws others for another teacher", async () => {
  const folder = await temporaryFolder();
  const first = await open(folder);
  const [name] = await readdir(folder);
  const whole = await readFile(join(folder, name!));
  expect((await open(folder)).told).toEqual([]);

  // As a process leaves it that dies while it writes the second group.
  await rename(join(folder, name!), join(folder, `${name}.part`));
  await writeFile(join(folder, `${name}.part`), whole.subarray(0, whole.length / 2 + 7));
  await open(folder, {
    batch: (group) => (group === 0 ? { ...batch(0), ids: [[9], [9], [9]] } : batch(group)), // not drawn again
  });
  expect(await readFile(join(folder, name!))).toEqual(whole);

  expect(first.told).toHaveLength(1);
  expect((await open(folder, { fingerprint: "another" })).told).toHaveLength(1);
});
