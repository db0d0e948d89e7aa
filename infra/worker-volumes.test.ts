import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ofType } from "./guarantees/guarantee.ts";
import { synthesize } from "./synthesize.ts";

const dockerfile = readFileSync(join(import.meta.dirname, "../gpu-worker/Dockerfile"), "utf8");

interface Container {
  readonly User: string;
  readonly MountPoints: readonly { readonly ContainerPath: string; readonly ReadOnly: boolean }[];
}

it("mounts only what the image declares as a volume, once the path is the worker's", () => {
  const resources = Object.entries(synthesize().Resources).map(([id, resource]) => ({ id, ...resource }));
  const [task] = ofType(resources, "AWS::ECS::TaskDefinition");
  const [container] = task!.Properties.ContainerDefinitions as readonly [Container];
  const paths = container.MountPoints.map(({ ContainerPath }) => ContainerPath);
  expect(paths).toEqual(["/weights", "/tmp"]);

  const lastStage = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  const declared = /^VOLUME (\[.*\])$/m.exec(lastStage);
  expect(JSON.parse(declared?.[1] ?? "[]")).toEqual(expect.arrayContaining(paths));
  // Docker drops what is written to a volume's path after its declaration, the owner too.
  const after = lastStage.slice(declared!.index);
  expect(after).not.toMatch(/^(RUN|COPY|ADD) /m);
  expect(lastStage.slice(0, declared!.index)).toContain(`chown ${container.User} /weights`);
});
