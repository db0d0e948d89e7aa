import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Mark, ReviewMarks } from "./review-marks.ts";

const store = new Map<string, string>();
beforeEach(() => {
  store.clear();
  vi.useFakeTimers();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => store.set(name, value),
    removeItem: (name: string) => store.delete(name),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const approve = (task: string): Mark => ({ task, decision: "approve" });

function marksWith(answer: () => Promise<unknown>) {
  const sent: string[][] = [];
  const marks = new ReviewMarks("run_1", async (some) => {
    await answer();
    sent.push(some.map(({ task, decision }) => `${decision} ${task}`));
  });
  return { marks, sent };
}

it("sends twenty at a time, each request of one kind", async () => {
  const { marks, sent } = marksWith(async () => {});
  for (let i = 0; i < 23; i++) marks.add(approve(`A-${i}`));
  marks.add({ task: "B", decision: "reject", reason: "colour" });
  await vi.runAllTimersAsync();
  expect(sent.map((tasks) => tasks.length)).toEqual([20, 3, 1]);
  expect(sent[2]).toEqual(["reject B"]);
  expect(marks.unsent.value).toBe(0);
  expect(store.size).toBe(0);
});

it("sends nothing of what was taken back, and the later of two decisions", async () => {
  const { marks, sent } = marksWith(async () => {});
  marks.add(approve("A"));
  marks.add(approve("B"));
  marks.remove("A");
  marks.add({ task: "B", decision: "reject" });
  await vi.runAllTimersAsync();
  expect(sent).toEqual([["reject B"]]);
  expect([...marks.shown.value.keys()]).toEqual(["B"]);
});

it("does not pretend to take back what was sent, or is on its way", async () => {
  let arrive = () => {};
  const { marks } = marksWith(() => new Promise<void>((resolve) => (arrive = resolve)));
  marks.add(approve("A"));
  expect(marks.remove("A")).toBe(true);
  marks.add(approve("A"));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(marks.remove("A")).toBe(false);
  arrive();
  await vi.advanceTimersByTimeAsync(1);
  expect([marks.unsent.value, marks.remove("A"), marks.shown.value.get("A")]).toEqual([0, false, approve("A")]);
  marks.add({ task: "A", decision: "reject" });
  expect(marks.remove("A")).toBe(true);
});

it("keeps what does not arrive, tries again, and finds it after the page was closed", async () => {
  let isOffline = true;
  const { marks, sent } = marksWith(async () => {
    if (isOffline) throw new TypeError("no connection");
  });
  marks.add(approve("A"));
  await vi.advanceTimersByTimeAsync(20_000);
  expect([sent, marks.unsent.value, store.size]).toEqual([[], 1, 1]);
  const { marks: reopened, sent: sentLater } = marksWith(async () => {});
  expect(reopened.shown.value.get("A")).toEqual(approve("A"));
  await vi.advanceTimersByTimeAsync(1);
  expect(sentLater).toEqual([["approve A"]]);
  isOffline = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([sent, marks.unsent.value]).toEqual([[["approve A"]], 0]);
});

it.each(["{", "null", '[null, 3, {"decision": "approve"}]'])("begins with none where %s was kept", (kept) => {
  store.set("zimage.marks.run_1", kept);
  expect(marksWith(async () => {}).marks.shown.value.size).toBe(0);
});
