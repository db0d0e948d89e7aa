import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import type { Consumed } from "../../test/support/aws/memory-dynamodb.ts";

/** Requests to one service, with DynamoDB's capacity beside them. */
export interface Counted {
  /** Stage of the job's life: `submit`, `draw` and so on. */
  readonly stage: string;
  readonly service: "dynamodb" | "sqs" | "sqs-fair" | "s3-put" | "s3-get" | "lambda" | "api" | "cdn";
  readonly consumed?: readonly Consumed[];
}

/** Keeps count of every request that the drivers make, under the stage that is named last. */
export class RequestCounter {
  readonly all: Counted[] = [];
  stage = "";

  count(service: Counted["service"], consumed?: readonly Consumed[]): void {
    this.all.push({ stage: this.stage, service, consumed });
  }

  /** @param service - `sqs-fair` for a queue whose messages have groups */
  queue(queue: Queue, service: "sqs" | "sqs-fair"): Queue {
    const count = () => this.count(service);
    const counted =
      <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
      (...given: A) => {
        count();
        return call(...given);
      };
    return withMethods(queue, {
      send: counted(queue.send),
      receive: counted(queue.receive),
      extend: counted(queue.extend),
      delete: counted(queue.delete),
      depth: counted(queue.depth),
    });
  }

  objects(objects: Objects): Objects {
    const put: Objects["put"] = (...given) => {
      this.count("s3-put");
      return objects.put(...given);
    };
    const get: Objects["get"] = (...given) => {
      this.count("s3-get");
      return objects.get(...given);
    };
    const head: Objects["head"] = (...given) => {
      this.count("s3-get");
      return objects.head(...given);
    };
    return withMethods(objects, { put, get, head });
  }
}

/** A partition's name with the ids in it replaced, so that those of all jobs and accounts are counted together. */
export function partitionKind({ index, partition }: Pick<Consumed, "index" | "partition">): string {
  const kind = partition
    .replace(/\b(job|acc|key|msg)_[0-9A-Z]{26}/g, (_all, name: string) => `<${name}>`)
    .replace(/\b[0-9a-f]{64}\b/g, "<hash>")
    .replace(/^(IDEM#<acc>)#.*/, "$1#<key>")
    // A shard.
    .replace(/#\d{1,2}$/, "#*");
  return index === "main" ? kind : `${index} ${kind}`;
}

/** Whether the items of a partition belong to one job, request or account: no other traffic meets there. */
export function isOwn(kind: string): boolean {
  return kind.includes("<");
}
