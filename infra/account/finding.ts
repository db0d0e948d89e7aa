/** A line of `npm run doctor:aws`. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  /** With what to do about it. */
  readonly text: string;
}
