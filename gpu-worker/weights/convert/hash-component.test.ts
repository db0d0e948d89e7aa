import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "../formats/write-safetensors.ts";
import { hashComponent } from "./hash-component.ts";

function component(config: string | undefined, value: number): string {
  const folder = temporaryFolder();
  if (config !== undefined) writeFileSync(join(folder, "config.json"), config);
  writeFileSync(join(folder, "model.safetensors"), encodeSafetensors({ w: float32Tensor([1], [value]) }));
  return folder;
}

it("changes with the configuration and with the weights, and with nothing else", async () => {
  const hash = await hashComponent(component("{}", 1));
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  const same = component("{}", 1);
  writeFileSync(join(same, "README.md"), "a model");
  expect(await hashComponent(same)).toBe(hash);
  expect(await hashComponent(component('{"a":1}', 1))).not.toBe(hash);
  expect(await hashComponent(component("{}", 2))).not.toBe(hash);
});

it("goes on from a hash of other things", async () => {
  const folder = component("{}", 1);
  const after = (text: string) => hashComponent(folder, createHash("sha256").update(text));
  expect(await after("a")).not.toBe(await after("b"));
});

it("hashes one file without a configuration, and every shard of several", async () => {
  const alone = component(undefined, 1);
  expect(await hashComponent(join(alone, "model.safetensors"))).toBe(await hashComponent(alone));

  const sharded = async (second: number) => {
    const folder = temporaryFolder();
    const shard = (index: number, name: string, value: number) => {
      const file = `model-0000${index}-of-00002.safetensors`;
      writeFileSync(join(folder, file), encodeSafetensors({ [name]: float32Tensor([1], [value]) }));
      return { [name]: file };
    };
    const weight_map = { ...shard(1, "a", 1), ...shard(2, "b", second) };
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
    return hashComponent(folder);
  };
  expect(await sharded(2)).not.toBe(await sharded(3));
});
