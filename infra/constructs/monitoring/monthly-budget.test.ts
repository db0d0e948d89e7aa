import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { it } from "vitest";
import { MonthlyBudget } from "./monthly-budget.ts";

function template(deployment?: string) {
  const stack = new Stack(new App(), "S");
  new MonthlyBudget(stack, "B", { limitUsd: 200, address: "ops@example.com", deployment });
  return Template.fromStack(stack);
}

it("writes at 80 % and at all of the limit", () => {
  const at = (Threshold: number) => ({
    Notification: Match.objectLike({ Threshold, ThresholdType: "PERCENTAGE" }),
    Subscribers: [{ SubscriptionType: "EMAIL", Address: "ops@example.com" }],
  });
  template().hasResourceProperties("AWS::Budgets::Budget", {
    Budget: { BudgetLimit: { Amount: 200, Unit: "USD" }, TimeUnit: "MONTHLY", CostFilters: Match.absent() },
    NotificationsWithSubscribers: [at(80), at(100)],
  });
});

it("counts one deployment by its tag", () => {
  template("ZImage-prod").hasResourceProperties("AWS::Budgets::Budget", {
    Budget: { CostFilters: { TagKeyValue: ["user:deployment$ZImage-prod"] } },
  });
});
