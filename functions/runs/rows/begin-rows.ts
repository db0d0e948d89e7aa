import { LimitError, PipelineError, SpendError } from "../../../shared/errors.ts";
import { errorStatus } from "../../api/problems/error-status.ts";
import { atOnce } from "../at-once.ts";
import { faceOf } from "../faces.ts";
import type { Flight, Pause, Run, RunRow } from "../run.ts";
import type { SubmitDependencies } from "../run-face.ts";
import type { InputRow } from "./row-chunks.ts";

/** Rows begun at once: as many as hide the store's latency without colliding at the account's balance all the time. */
const rowsAtOnce = 16;
/** … of those, rows that name images elsewhere: an account has no more fetches under way in one process. */
const fetchingRowsAtOnce = 8;
/** Passes in which a row's data may break the code before the row is given up. */
const maxFaults = 3;

/** What became of the rows that a pass was to begin. */
export interface Begun {
  readonly inFlight: readonly Flight[];
  readonly refused: readonly RunRow[];
  /** Not begun; they wait. */
  readonly left: readonly Flight[];
  /** Why no row can be begun for now, by no fault of theirs. */
  readonly pause?: Pick<Pause, "code" | "message">;
}

/**
 * Begin rows, several at once. Only a row's own fault settles a row: missing money and a store that does not respond
 * pause the run, and no room for more jobs of the account leaves the rest for the next pass.
 * @param until - no row is begun after this time
 */
export async function beginRows(
  run: Run,
  {
    plan,
    rows,
    until,
  }: { readonly plan: readonly Flight[]; readonly rows: Map<number, InputRow>; readonly until: number },
  dependencies: SubmitDependencies,
): Promise<Begun> {
  const { clock, log } = dependencies;
  const inFlight: Flight[] = [];
  const refused: RunRow[] = [];
  const left: Flight[] = [];
  let pause: Begun["pause"];
  let isFull = false;
  const face = faceOf(run);
  const refuse = ({ row }: Flight, { key }: InputRow, error: unknown) =>
    refused.push({ row, key, refused: face.refusal(error) });

  async function begin(flight: Flight): Promise<void> {
    const input = rows.get(flight.row)!;
    if (pause !== undefined || isFull || clock.now() >= until) return void left.push(flight);
    if (input.refused !== undefined) {
      return void refused.push({ row: flight.row, key: input.key, refused: input.refused });
    }
    try {
      await face.submit(run, flight, input, dependencies);
      inFlight.push(flight);
    } catch (error) {
      const fault = faultOf(error);
      if (fault === "the row's") return void refuse(flight, input, error);
      if (fault === "a bug") {
        log("error", "a row breaks its submission", { runId: run.id, row: flight.row, error: String(error) });
        const faults = (flight.faults ?? 0) + 1;
        if (faults >= maxFaults) refuse(flight, input, error);
        else left.push({ ...flight, faults });
        return;
      }
      left.push(flight);
      if (fault === "no room") isFull = true;
      else if (fault !== "busy") pause ??= pauseOf(error);
    }
  }

  const fetching = plan.filter(({ row }) => namesAddress(rows.get(row)!));
  const plain = plan.filter((flight) => !fetching.includes(flight));
  await Promise.all([atOnce(plain, rowsAtOnce, begin), atOnce(fetching, fetchingRowsAtOnce, begin)]);
  return { inFlight, refused, left, pause };
}

type Fault = "the row's" | "busy" | "no room" | "a bug" | "money" | "service";

/**
 * What this process has under way for the account, of which another row may need less; or no verdict on this row yet.
 */
const budgetCodes: ReadonlySet<string> = new Set(["too_many_fetches", "service_busy", "moderation_unavailable"]);

function faultOf(error: unknown): Fault {
  if (error instanceof LimitError) return budgetCodes.has(error.code) ? "busy" : "no room";
  if (error instanceof SpendError) return "money";
  if (errorStatus(error) < 500) return "the row's";
  // What a driver or the language refuses to do with a value; it would refuse it again.
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return "a bug";
  return "service";
}

function pauseOf(error: unknown): Pick<Pause, "code" | "message"> {
  if (error instanceof SpendError) return { code: error.code, message: error.message };
  const reason = error instanceof PipelineError ? `: ${error.message}` : "";
  return { code: "service_unavailable", message: `a part of the service did not respond${reason}` };
}

/** Whether an image of the request is at an address. */
function namesAddress({ body = {} }: InputRow): boolean {
  const { image, mask, references, controlnet } = body;
  const control = typeof controlnet === "object" && controlnet !== null && "image" in controlnet && controlnet.image;
  return [image, mask, references, control]
    .flat()
    .some((value) => typeof value === "string" && /^https?:/i.test(value));
}
