import type { Run } from "../../../../sdk/src/index.ts";
import { Tag } from "../../parts/notes/tag.tsx";
import { runsText } from "./messages.ts";

const kinds = {
  importing: "info",
  ready: "plain",
  running: "info",
  paused: "warn",
  canceling: "warn",
  finishing: "info",
  completed: "ok",
  failed: "danger",
  expired: "warn",
  canceled: "plain",
} as const;

export function StatusTag({ status }: Pick<Run, "status">) {
  return <Tag kind={kinds[status]}>{runsText(status)}</Tag>;
}
