import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ComparedTensor, Comparison } from "../../../gpu-worker/cli/replay/comparison.ts";
import { type GoldenCase, openGoldenCase } from "../../../gpu-worker/cli/replay/golden-case.ts";

const root = fileURLToPath(new URL("../../golden/", import.meta.url));
const checkpoints = `${root}checkpoints`;

/** Every reference case by its name, with its kind. */
export const goldenKinds: ReadonlyMap<string, string> = new Map(
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "checkpoints")
    .map(({ name }) => {
      const { kind } = JSON.parse(readFileSync(`${root}${name}/manifest.json`, "utf8")) as { kind: string };
      return [name, kind];
    }),
);

/** Names of the reference cases of these kinds. */
export function goldenCases(...kinds: readonly string[]): string[] {
  const names = [...goldenKinds].filter(([, kind]) => kinds.includes(kind)).map(([name]) => name);
  if (names.length === 0) throw new Error(`no reference case is of the kind ${kinds.join(" or ")}`);
  return names;
}

type Replay = (golden: GoldenCase, checkpoints: string, comparison: Comparison) => Promise<void> | void;

/**
 * Run a reference case by the runner of its kind.
 * @param changes - made to the case before it runs, such as inputs
 */
export async function replayGolden(
  run: Replay,
  name: string,
  changes: Partial<GoldenCase> = {},
): Promise<{ agrees: boolean; lines: ComparedTensor[]; differences: ComparedTensor[] }> {
  const golden = { ...(await openGoldenCase(`${root}${name}`)), ...changes };
  const lines: ComparedTensor[] = [];
  const comparison = new Comparison(golden, (line) => lines.push(line));
  await run(golden, checkpoints, comparison);
  const agrees = comparison.finish();
  return { agrees, lines, differences: lines.filter(({ ok }) => !ok) };
}

/**
 * The tensors of a case in which two have changed places: what the reference computed is no longer what is compared.
 */
export async function swappedTensors(name: string, a: string, b: string): Promise<Pick<GoldenCase, "tensors">> {
  const { tensors } = await openGoldenCase(`${root}${name}`);
  return { tensors: new Map(tensors).set(a, tensors.get(b)!).set(b, tensors.get(a)!) };
}
