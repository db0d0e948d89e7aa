import { LimitError } from "../errors.ts";

interface OneAtATimeOptions {
  /** That may wait or be under way. @default any number */
  readonly most?: number;
  /** Sentence of the error when there are more. @default "too much is waiting" */
  readonly tooMany?: string;
}

/**
 * Does pieces of work one after another, in the order in which they come; one that fails holds up none.
 * @returns takes a piece of work, and resolves with it; throws LimitError `service_busy` where too many wait
 */
export function oneAtATime({
  most = Number.POSITIVE_INFINITY,
  tooMany = "too much is waiting",
}: OneAtATimeOptions = {}) {
  let count = 0;
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    if (count >= most) throw new LimitError("service_busy", tooMany, 1);
    count++;
    const done = tail.then(work);
    tail = done.catch(() => {}).finally(() => count--);
    return done;
  };
}
