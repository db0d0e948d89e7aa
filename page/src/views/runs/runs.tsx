import { useLocation } from "preact-iso";
import { ColumnsStep } from "./new/columns/columns-step.tsx";
import { FileStep } from "./new/file/file-step.tsx";
import { ImagesStep } from "./new/images/images-step.tsx";
import { StartStep } from "./new/start/start-step.tsx";
import { RunPage, type RunTab } from "./run/run-page.tsx";
import { RunList } from "./run-list.tsx";

const steps = { columns: ColumnsStep, images: ImagesStep, start: StartStep };
const tabs = new Set<string>(["review", "failures", "downloads"]);

/** `/runs`, `/runs/new`, the steps of a run that has not begun, and the tabs of one that has. */
export default function Runs() {
  const { path, query } = useLocation();
  const [, , id, part] = path.split("/");
  if (id === undefined || id === "") return <RunList />;
  if (id === "new") return <FileStep again={query.again} />;
  const Step = Object.hasOwn(steps, part ?? "") ? steps[part as keyof typeof steps] : undefined;
  if (Step !== undefined) return <Step key={id} id={id} />;
  return <RunPage key={id} id={id} tab={tabs.has(part ?? "") ? (part as RunTab) : "progress"} />;
}
