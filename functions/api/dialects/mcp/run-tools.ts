import * as z from "zod";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { assertScope } from "../../access/authenticate.ts";
import { presentRun } from "../../catalogue/present-run.ts";
import { runOfAccount } from "../../catalogue/run-of-request.ts";
import { runOutlook } from "../../catalogue/run-outlook.ts";
import { runToolSchema } from "../../catalogue/run-request.ts";
import type { RouteDependencies } from "../../dependencies.ts";
import type { Tool, ToolCall } from "./tool.ts";
import type { ToolResult } from "./tool-result.ts";

const createSchema = runToolSchema.extend({
  dry_run: z
    .boolean()
    .optional()
    .describe(
      "Default true: read the table and say what would be drawn and what it would cost, and wait. With false the run " +
        "begins by itself, and is charged.",
    ),
});

const statusSchema = z.strictObject({
  run_id: z.string().max(60).describe("Run id from an earlier result."),
  start: z.boolean().optional().describe("Begin a run that is ready; its images are charged. Default false."),
});

/** Catalogue runs for agents: they are told of the price before anything is drawn. */
export const runTools: readonly Tool[] = [
  {
    name: "run_create",
    title: "Draw images of every product of a table",
    description:
      "Make a run over a table of products: up to 1,000 rows in the call, an uploaded file, or an address. By default " +
      "nothing is drawn: the result says how to see the price and how to begin.",
    schema: createSchema,
    readOnly: false,
    async run(call, dependencies) {
      const { dry_run: isDry = true, ...fields } = parseFields(createSchema, call.arguments);
      assertScope(call.c.get("identity"), "jobs:write");
      const { makeCatalogueRun } = await import("../../catalogue/create-run.ts");
      const { run } = await makeCatalogueRun(call.c, { ...fields, start: !isDry }, dependencies);
      return textResult(presentRun(run), `Call run_status with run_id ${run.id} until its status is ready or later.`);
    },
  },
  {
    name: "run_status",
    title: "Get a run",
    description: "How far a run is, what it costs, and what to do next. With start a run that is ready begins.",
    schema: statusSchema,
    readOnly: false,
    run: status,
  },
];

async function status({ c, arguments: given }: ToolCall, dependencies: RouteDependencies): Promise<ToolResult> {
  const { run_id: id, start = false } = parseFields(statusSchema, given);
  const identity = c.get("identity");
  assertScope(identity, start ? "jobs:write" : "jobs:read");
  const { accountId } = identity;
  if (!start) {
    const run = await runOfAccount(accountId, id, dependencies);
    return textResult(presentRun(run, await runOutlook(run, identity, dependencies)));
  }
  const { changeRun, started } = await import("../../../runs/change-run.ts");
  const wish = started({ acceptWarnings: false });
  return textResult(presentRun(await changeRun({ accountId, id, face: "catalogue" }, wish, dependencies)));
}

function textResult(run: ReturnType<typeof presentRun>, next: string = run.next): ToolResult {
  return { content: [{ type: "text", text: JSON.stringify({ ...run, next }) }] };
}
