import { UploadedFiles } from "../../functions/api/files/uploaded-files.ts";
import { rememberWrite } from "../../functions/catalogue/run/image-memory.ts";
import type { TaskRequest } from "../../functions/catalogue/run/task.ts";
import { type InputRow, readChunks } from "../../functions/runs/rows/row-chunks.ts";
import { stepOf } from "../../functions/runs/run.ts";
import { findRun } from "../../functions/runs/run-store.ts";
import { takeStep } from "../../functions/runs/steps/take-step.ts";
import { openApi } from "../../test/support/api/api-under-test.ts";
import { stepDependencies } from "../../test/support/api/openai-batches.ts";

/**
 * One catalogue, run twice over the embedded drivers in a process of its own, with a worker that draws at once: first
 * for its plan; then, with all images but a share remembered, as a run in which little has changed. Prints JSON.
 */
const [rows, fresh] = process.argv.slice(2).map(Number) as [number, number];
const api = await openApi();
const dependencies = { ...stepDependencies(api), window: 50 };
const table = ["sku,title", ...Array.from({ length: rows }, (_, i) => `S-${i},a vase of kind ${i}`)].join("\n");
const file = { filename: "t.csv", contentType: "text/csv", metadata: {}, accountId: api.account.id };
const fileId = `file-${api.dependencies.newId()}`;
await new UploadedFiles({ ...api.dependencies, clock: api.clock }).create({ ...file, id: fileId }, Buffer.from(table));
const shots = [{ id: "main", method: "draw", size: "64x64", steps: 1, prompt: "{{title}}" }];

const read = async (id: string) => (await findRun(api.items, id))!.run;

async function planned(): Promise<{ readonly id: string; readonly seconds: number }> {
  const began = performance.now();
  const made = await api.request("POST", "/v1/runs", { source: { file_id: fileId }, shots });
  const { id } = (await made.json()) as { id: string };
  for (;;) {
    const run = await read(id);
    const step = stepOf(run);
    if (step === undefined) {
      if (run.status !== "ready")
        throw new Error(`the run is ${run.status}: ${JSON.stringify(run.catalogue?.problem)}`);
      return { id, seconds: (performance.now() - began) / 1_000 };
    }
    await takeStep({ runId: id, step }, dependencies);
  }
}

const first = await planned();
const run = await read(first.id);
const owner = { accountId: api.account.id, runKey: run.catalogue!.order.runKey };
const every = Math.floor(rows / fresh);
let writes = [];
for await (const { row, value } of readChunks<InputRow>(run, "rows", api.objects)) {
  if (row % every === 0) continue;
  const { hash, version } = value.body as unknown as TaskRequest;
  const kept = {
    key: "k/x.png",
    sha256: "0".repeat(64),
    crc32: 1,
    bytes: 1,
    width: 64,
    height: 64,
    format: "png",
    seed: 1,
  };
  const images = [kept as { format: "png" } & typeof kept];
  writes.push(rememberWrite(owner, { key: value.key, hash, version, jobId: "job_x", images, drawnAt: 1 }));
  if (writes.length === 100) {
    await api.items.write(writes);
    writes = [];
  }
}
if (writes.length > 0) await api.items.write(writes);

const second = await planned();
const { total } = await read(second.id);
await api.request("POST", `/v1/runs/${second.id}/start`);
const startedAt = performance.now();
let firstImageS = 0;
/** CPU milliseconds of each pass, with the rows that were settled by then. */
const passes: { readonly settled: number; readonly cpuMs: number }[] = [];
for (;;) {
  const current = await read(second.id);
  const step = stepOf(current);
  if (step !== "feed") break;
  const cpu = process.cpuUsage();
  await takeStep({ runId: second.id, step }, dependencies);
  const { user, system } = process.cpuUsage(cpu);
  passes.push({ settled: current.completed, cpuMs: (user + system) / 1_000 });
  while (await api.worker.workOnce()) firstImageS ||= (performance.now() - startedAt) / 1_000;
}
const perTask = (from: number, to: number) => {
  const own = passes.filter(({ settled }) => settled >= from * total && settled < to * total);
  return own.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / ((to - from) * total);
};
console.log(
  JSON.stringify({
    rows,
    drawn: total,
    firstPlanS: first.seconds,
    unchangedPlanS: second.seconds,
    firstImageS,
    feedCpuMsFirst: perTask(0, 0.2),
    feedCpuMsLast: perTask(0.8, 1),
  }),
);
await api.close();
