import { expect, it } from "vitest";
import type { JobEvent } from "../job-events.ts";
import type { Context } from "./command.ts";
import { showEvent } from "./job-progress.ts";

function shown(event: object, n = 1, json = false) {
  const said: unknown[] = [];
  const terminal = { progress: (...bar: unknown[]) => said.push(bar), json: (value: unknown) => said.push(value) };
  showEvent(event as JobEvent, n, { terminal, json } as unknown as Context);
  return said;
}

it.each([
  [{ type: "queued" }, 1, [0, "waiting"]],
  [{ type: "queued", position: 3, eta_s: 4.2 }, 1, [0, "waiting, place 3, about 5 s"]],
  [{ type: "started" }, 1, [0, "drawing"]],
  [{ type: "step", image: 0, step: 2, total: 8 }, 1, [0.25, "step 2 of 8"]],
  [{ type: "step", image: 1, step: 4, total: 8 }, 2, [0.75, "image 2 of 2, step 4 of 8"]],
])("shows %j of %i images", (event, n, bar) => expect(shown(event, n)).toEqual([bar]));

it("gives programs every event but the last, whose job comes with the result", () => {
  const step = { type: "step", image: 0, step: 1, total: 2 };
  expect(shown(step, 1, true)).toEqual([step]);
  expect(shown({ type: "done" }, 1, true)).toEqual([]);
  expect(shown({ type: "done" })).toEqual([]);
});
