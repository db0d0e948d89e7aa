import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesize } from "../synthesize.ts";
import type { Template } from "./guarantee.ts";
import { brokenGuarantees, guarantees } from "./guarantees.ts";
import { limitGuarantees } from "./limit-guarantees.ts";
import { edgeMutations } from "./mutations/edge-mutations.ts";
import { functionMutations } from "./mutations/function-mutations.ts";
import { limitMutations } from "./mutations/limit-mutations.ts";
import { monitoringMutations } from "./mutations/monitoring-mutations.ts";
import type { MutableTemplate } from "./mutations/mutation.ts";
import { permissionMutations } from "./mutations/permission-mutations.ts";
import { storageMutations } from "./mutations/storage-mutations.ts";
import { workerMutations } from "./mutations/worker-mutations.ts";

let template: Template;

beforeAll(() => {
  template = synthesize({ workerImage: "z-image-worker:v1" });
});

const mutations = [
  ...storageMutations,
  ...permissionMutations,
  ...functionMutations,
  ...edgeMutations,
  ...workerMutations,
  ...monitoringMutations,
  ...limitMutations,
];

describe("the template", () => {
  it("holds every guarantee", () => {
    expect(brokenGuarantees(template)).toEqual([]);
  });

  it.each(mutations)("is refused when %s", (_what, complaint, mutate) => {
    const mutable = structuredClone(template) as unknown as MutableTemplate;
    mutate(mutable);
    const broken = brokenGuarantees(mutable);
    expect(broken.join("\n")).toMatch(complaint);
  });

  it("names a section of the runbook that is there, for every alarm", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");
    const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(" ", "-"));
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== "AWS::CloudWatch::Alarm") continue;
      expect(sections).toContain(/#([a-z-]+)$/.exec(String(Properties.AlarmDescription))?.[1]);
    }
  });

  it("has a mutation for every guarantee", () => {
    const broken = mutations.flatMap(([, , mutate]) => {
      const mutable = structuredClone(template) as unknown as MutableTemplate;
      mutate(mutable);
      return brokenGuarantees(mutable);
    });
    const unproved = guarantees.filter(({ name }) => !broken.some((line) => line.startsWith(`${name}:`)));
    expect(unproved.map(({ name }) => name)).toEqual([]);
  });
});

describe("settings", () => {
  it("leave the indexes of an older table as they are with tableIndexes=whole", () => {
    const { Resources } = synthesize({ tableIndexes: "whole" });
    const table = Object.values(Resources).find(({ Type }) => Type === "AWS::DynamoDB::Table");
    const indexes = table?.Properties?.GlobalSecondaryIndexes as { Projection: object }[];
    expect(indexes.map(({ Projection }) => Projection)).toEqual([{ ProjectionType: "ALL" }, { ProjectionType: "ALL" }]);
  });

  it("fit into what AWS takes at their longest", () => {
    const prices = JSON.stringify({ note: "x".repeat(1_950) });
    const tags = Array.from({ length: 40 }, (_, index) => `tag-${index}=${"x".repeat(60)}`).join(",");
    const environment = "a-twenty-letter-name";
    const longest = synthesize({ environment, prices, tags, workerImage: "z-image-worker:v1" });
    expect(brokenGuarantees(longest, limitGuarantees)).toEqual([]);
  });

  it("serve no image through CloudFront with imageLinks=s3", () => {
    expect(JSON.stringify(synthesize({ imageLinks: "s3" }))).not.toContain('"o/*"');
  });
});
