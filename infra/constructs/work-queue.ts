import { Duration } from "aws-cdk-lib";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface WorkQueueProps {
  /** How long a message stays hidden from others while it is worked on. */
  readonly visibilityTimeout: Duration;
  /** Receives before a message moves to the dead letters. */
  readonly maxReceiveCount: number;
  /** Dead letters of another queue to share. @default its own */
  readonly deadLetters?: sqs.Queue;
}

/** A queue with its dead letters. Neither takes messages over plain HTTP. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { visibilityTimeout, maxReceiveCount, deadLetters }: WorkQueueProps) {
    super(scope, id);
    const common = {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetters = deadLetters ?? new sqs.Queue(this, "DeadLetters", common);
    this.queue = new sqs.Queue(this, "Queue", {
      ...common,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
  }
}
