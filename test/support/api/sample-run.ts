import type { Run } from "../../../functions/runs/run.ts";

/** When sample runs are made; they expire a day later. */
export const madeAt = Date.UTC(2026, 0, 1);

/** A run of one row that has just begun. */
export function sampleRun(changes: Partial<Run> = {}): Run {
  return {
    face: "openai_batch",
    id: "batch_1",
    identity: { accountId: "acc_1", keyId: "key_1", scopes: ["*"], terms: {} },
    endpoint: "/v1/images/generations",
    inputFileId: "file-1",
    metadata: {},
    origin: "https://api.example",
    status: "running",
    errors: [],
    total: 1,
    completed: 0,
    failed: 0,
    next: 0,
    inFlight: [],
    nextAt: madeAt,
    createdAt: madeAt,
    expiresAt: madeAt + 86_400_000,
    ...changes,
  };
}
