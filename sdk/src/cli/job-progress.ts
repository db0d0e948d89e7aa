import type { JobEvent } from "../job-events.ts";
import type { Context } from "./command.ts";

/** Shows a job's events: as lines with `--json`, else as a bar. @param n - its images */
export function showEvent(event: JobEvent, n: number, { terminal, json }: Pick<Context, "terminal" | "json">): void {
  if (json) {
    // The whole job comes with the result.
    if (event.type !== "done" && event.type !== "error") terminal.json(event);
    return;
  }
  switch (event.type) {
    case "queued":
    case "requeued":
      terminal.progress(0, waiting(event.position, event.eta_s ?? undefined));
      break;
    case "started":
      terminal.progress(0, "drawing");
      break;
    case "step": {
      const image = n > 1 ? `image ${event.image + 1} of ${n}, ` : "";
      terminal.progress((event.image + event.step / event.total) / n, `${image}step ${event.step} of ${event.total}`);
      break;
    }
  }
}

function waiting(position: number | null | undefined, etaS: number | undefined): string {
  const place = typeof position === "number" ? `, place ${position}` : "";
  return `waiting${place}${etaS === undefined ? "" : `, about ${Math.ceil(etaS)} s`}`;
}
