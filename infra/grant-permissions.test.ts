import { beforeAll, expect, it } from "vitest";
import { type Named, ofType, resourcesOf, statementsOf } from "./guarantees/guarantee.ts";
import { synthesize } from "./synthesize.ts";

let resources: readonly Named[];
beforeAll(() => {
  resources = resourcesOf(synthesize({ workerImage: "z-image-worker:v1" }));
});

/** Whether a role may do an action on objects under a prefix of the images' bucket. */
function may(role: RegExp, action: string, prefix: string): boolean {
  const policies = ofType(resources, "AWS::IAM::Policy").filter(({ id }) => role.test(id));
  expect(policies.length).toBeGreaterThan(0);
  return policies
    .flatMap(({ Properties }) => statementsOf(Properties))
    .some(({ Action, Resource }) => {
      const names = JSON.stringify(Resource);
      return [Action].flat().includes(action) && names.includes("Images") && names.includes(`/${prefix}/*`);
    });
}

it.each([
  ["the worker writes images", /^WorkersTaskTaskRole/, "s3:PutObject", "o", true],
  ["the worker reads no images of others", /^WorkersTaskTaskRole/, "s3:GetObject", "o", false],
  ["the worker reads input images", /^WorkersTaskTaskRole/, "s3:GetObject", "in", true],
  ["the API writes no images", /^ApiFunction/, "s3:PutObject", "o", false],
  ["the API deletes images for their owners", /^ApiFunction/, "s3:DeleteObject", "o", true],
  ["the API deletes their previews", /^ApiFunction/, "s3:DeleteObject", "p", true],
  ["the API deletes what is kept of catalogue runs", /^ApiFunction/, "s3:DeleteObject", "k", true],
  ["the API deletes their tables", /^ApiFunction/, "s3:DeleteObject", "r", true],
  ["steps of runs read which products have images", /^Runs/, "s3:GetObject", "k", true],
  ["the API keeps adapters", /^ApiFunction/, "s3:PutObject", "adapters", true],
  ["the tick deletes orphaned images", /^Tick/, "s3:DeleteObject", "o", true],
  ["the tick deletes uploaded files whose time is over", /^Tick/, "s3:DeleteObject", "in", true],
])("%s", (_, role, action, prefix, allowed) => {
  expect(may(role, action, prefix)).toBe(allowed);
});

it("lets the dispatcher reach no object at all", () => {
  const policies = ofType(resources, "AWS::IAM::Policy").filter(({ id }) => id.startsWith("Dispatcher"));
  expect(policies.length).toBeGreaterThan(0);
  const actions = policies.flatMap(({ Properties }) => statementsOf(Properties).flatMap(({ Action }) => Action));
  expect(actions.filter((action) => action.startsWith("s3:"))).toEqual([]);
});
