import { signal } from "@preact/signals";
import { keep, kept } from "../../../shell/kept.ts";

export const rejectReasons = ["product", "colour", "text", "background", "cropped", "other"] as const;
export type RejectReason = (typeof rejectReasons)[number];

export interface Mark {
  /** `SKU#shot`. */
  readonly task: string;
  readonly decision: "approve" | "reject";
  readonly reason?: RejectReason;
  /** Rejected, and drawn once more. */
  readonly again?: boolean;
}

type Send = (marks: readonly Mark[]) => Promise<unknown>;

/** Tasks in one request. */
const maxTasks = 20;
/** Marks wait so long for others, and for second thoughts: nothing has happened before that. */
const gatherMs = 8_000;
/** After a request that did not arrive. */
const retryMs = 5_000;

/**
 * Decisions of one run on their way to the server: shown at once, sent twenty at a time, kept on this computer until
 * they have arrived, so that neither a lost connection nor a closed page loses one.
 */
export class ReviewMarks {
  /** Decisions by task, of this visit and of one before that were not sent. */
  readonly shown = signal<ReadonlyMap<string, Mark>>(new Map());
  readonly unsent = signal(0);
  readonly #name: string;
  readonly #send: Send;
  #waiting: Mark[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** On their way now. */
  #sent: readonly Mark[] = [];

  constructor(runId: string, send: Send) {
    this.#name = `zimage.marks.${runId}`;
    this.#send = send;
    this.#waiting = readMarks(kept(this.#name));
    this.shown.value = new Map(this.#waiting.map((mark) => [mark.task, mark]));
    this.#note();
    if (this.#waiting.length > 0) this.#later(0);
  }

  /** A later decision on an image takes the place of one that was not sent. */
  add(mark: Mark): void {
    this.#waiting = [...this.#waiting.filter(({ task }) => task !== mark.task), mark];
    this.shown.value = new Map(this.shown.peek()).set(mark.task, mark);
    this.#note();
    this.#later(this.#waiting.length < maxTasks ? gatherMs : 0);
  }

  /**
   * Takes a decision back where it has not been sent. One that has stays until another takes its place.
   * @returns whether it was taken back
   */
  remove(task: string): boolean {
    const isWaiting = this.#waiting.some((mark) => mark.task === task && !this.#sent.includes(mark));
    if (!isWaiting) return false;
    this.#waiting = this.#waiting.filter((mark) => mark.task !== task);
    const shown = new Map(this.shown.peek());
    shown.delete(task);
    this.shown.value = shown;
    this.#note();
    return true;
  }

  /** Sends what waits, without waiting for more. */
  flush(): void {
    this.#later(0);
  }

  #note(): void {
    this.unsent.value = this.#waiting.length;
    keep(this.#name, this.#waiting.length === 0 ? null : JSON.stringify(this.#waiting));
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sendNext(), ms);
  }

  async #sendNext(): Promise<void> {
    const first = this.#waiting[0];
    if (first === undefined || this.#sent.length > 0) return;
    // One request says one thing of all its tasks.
    const alike = this.#waiting.filter((mark) => kindOf(mark) === kindOf(first)).slice(0, maxTasks);
    this.#sent = alike;
    try {
      await this.#send(alike);
      this.#waiting = this.#waiting.filter((mark) => !alike.includes(mark));
      this.#note();
      if (this.#waiting.length > 0) this.#later(0);
    } catch {
      this.#later(retryMs);
    } finally {
      this.#sent = [];
    }
  }
}

/** What another version of the page, or somebody's hand, has left there is no decision. */
function readMarks(text: string | null): Mark[] {
  try {
    const marks: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(marks) ? marks.filter((mark: Mark | null) => typeof mark?.task === "string") : [];
  } catch {
    return [];
  }
}

function kindOf({ decision, reason, again = false }: Mark): string {
  return `${decision} ${reason ?? ""} ${again}`;
}
