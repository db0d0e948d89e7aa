import * as budgets from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";

export interface MonthlyBudgetProps {
  readonly limitUsd: number;
  /** Email address that is written to at 80 % and at 100 %. */
  readonly address: string;
  /** Counts only what carries the tag `deployment` with this value. @default the whole account */
  readonly deployment?: string;
}

/** A monthly budget over the account, or over one deployment by its tag. */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { limitUsd, address, deployment }: MonthlyBudgetProps) {
    super(scope, id);
    const notifyAt = (threshold: number) => ({
      notification: {
        notificationType: "ACTUAL",
        comparisonOperator: "GREATER_THAN",
        threshold,
        thresholdType: "PERCENTAGE",
      },
      subscribers: [{ subscriptionType: "EMAIL", address }],
    });
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: limitUsd, unit: "USD" },
        costFilters: deployment === undefined ? undefined : { TagKeyValue: [`user:deployment$${deployment}`] },
      },
      notificationsWithSubscribers: [notifyAt(80), notifyAt(100)],
    });
  }
}
