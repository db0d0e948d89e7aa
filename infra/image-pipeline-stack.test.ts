import { expect, it } from "vitest";
import { ofType, resourcesOf } from "./guarantees/guarantee.ts";
import { synthesize } from "./synthesize.ts";

// What must hold of every template is in guarantees/; here is what the settings change.

type Context = Parameters<typeof synthesize>[0];

const functionSettings = (context: Context) => {
  const functions = ofType(resourcesOf(synthesize(context)), "AWS::Lambda::Function");
  return functions.map(({ id, Properties }) => ({ id, text: JSON.stringify(Properties.Environment ?? {}) }));
};
const scaling = (context: Context) =>
  functionSettings(context)
    .map(({ text }) => /"SCALING":("(?:[^"\\]|\\.)*")/.exec(text)?.[1])
    .filter((found) => found !== undefined)
    .map((found) => JSON.parse(JSON.parse(found) as string) as object);

it("keeps the fleet at zero while there is no image of the worker", () => {
  expect(scaling({ minWorkers: 1, maxWorkers: 3 })).toEqual([
    expect.objectContaining({ minWorkers: 0, maxWorkers: 0 }),
  ]);
  const withImage = scaling({ minWorkers: 1, maxWorkers: 3, workerImage: "z-image-worker:v1" });
  expect(withImage).toEqual([expect.objectContaining({ minWorkers: 1, maxWorkers: 3 })]);
});

it("lets the tick alone read the billing system's key", () => {
  const policies = (context: Context) =>
    ofType(resourcesOf(synthesize(context)), "AWS::IAM::Policy")
      .filter(({ Properties }) => JSON.stringify(Properties).includes("billing-key"))
      .map(({ id }) => id);
  expect(policies({})).toEqual([]);
  const usage = { usageExportUrl: "https://billing.example/events", usageKeySecret: "billing-key" };
  expect(policies(usage)).toEqual([expect.stringMatching(/^TickRole/)]);
});

it("reserves concurrency for the API only where that is asked for", () => {
  const reserved = (context: Context) =>
    ofType(resourcesOf(synthesize(context)), "AWS::Lambda::Function")
      .filter(({ id }) => id.startsWith("ApiFunction"))
      .map(({ Properties }) => Properties.ReservedConcurrentExecutions);
  expect(reserved({ apiConcurrency: 7 })).toEqual([7]);
  expect(reserved({ apiConcurrency: 0 })).toEqual([undefined]);
});

it("reserves concurrency for the tick and the dispatcher where it is told to, and else none", () => {
  const reserved = (context: { readonly [key: string]: unknown }) =>
    ofType(resourcesOf(synthesize(context)), "AWS::Lambda::Function")
      .filter(({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined)
      .map(({ id, Properties }) => [id.replace(/Function.*/, ""), Properties.ReservedConcurrentExecutions]);
  expect(reserved({})).toEqual([]);
  expect(reserved({ reserveConcurrency: "true" }).sort()).toEqual([
    ["Dispatcher", 10],
    ["Tick", 2],
  ]);
});
