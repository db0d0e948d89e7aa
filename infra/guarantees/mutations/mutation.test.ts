import { expect, it } from "vitest";
import { each, remove } from "./mutation.ts";

const template = () => ({
  Resources: {
    Jobs: { Type: "AWS::SQS::Queue", Properties: {} },
    Notices: { Type: "AWS::SQS::Queue", Properties: {} },
    JobsTable: { Type: "AWS::DynamoDB::Table", Properties: {} },
  },
});

it("changes the resources of the type that fit, and refuses to change nothing", () => {
  const changed: string[] = [];
  const mutable = template();
  each(mutable, "AWS::SQS::Queue", /^Jobs/, ({ Type }) => changed.push(Type));
  expect(changed).toEqual(["AWS::SQS::Queue"]);
  expect(() => each(mutable, "AWS::SQS::Queue", /^Runs/, () => {})).toThrow(
    "the mutation finds no AWS::SQS::Queue like",
  );
});

it("deletes the resources of the type that fit", () => {
  const mutable = template();
  remove(mutable, "AWS::SQS::Queue", /^Jobs/);
  expect(Object.keys(mutable.Resources)).toEqual(["Notices", "JobsTable"]);
});
