import { expect, it } from "vitest";
import { ofType, property, resourcesOf } from "../../guarantees/guarantee.ts";
import { synthesize } from "../../synthesize.ts";

const resources = (context: { readonly [key: string]: unknown } = {}) => resourcesOf(synthesize(context));

it("writes to nobody unasked, and makes no budget", () => {
  const found = resources();
  expect(ofType(found, "AWS::SNS::Subscription")).toEqual([]);
  expect(ofType(found, "AWS::Budgets::Budget")).toEqual([]);
});

it("writes alarms and a budget to the address, at 80 and at 100 percent", () => {
  const found = resources({ alarmEmail: "ops@example.com", monthlyBudgetUsd: 50 });
  expect(ofType(found, "AWS::SNS::Subscription")).toMatchObject([{ Properties: { Endpoint: "ops@example.com" } }]);
  const [budget] = ofType(found, "AWS::Budgets::Budget");
  expect(property(budget?.Properties, "Budget", "BudgetLimit")).toEqual({ Amount: 50, Unit: "USD" });
  const told = property(budget?.Properties, "NotificationsWithSubscribers") as unknown[];
  expect(told.map((one) => property(one, "Notification", "Threshold"))).toEqual([80, 100]);
});

it("takes silence for a fault only where something should always be heard", () => {
  const alarms = ofType(resources(), "AWS::CloudWatch::Alarm").map(({ Properties }) => [
    Properties.ComparisonOperator,
    Properties.TreatMissingData,
  ]);
  expect(new Set(alarms.map(([operator, missing]) => `${operator} ${missing}`))).toEqual(
    new Set(["GreaterThanThreshold notBreaching", "LessThanThreshold breaching"]),
  );
});
