import { expect, it } from "vitest";
import { newSpanId, sampledParent, spanIdOf } from "./span.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parentSpanId = "b7ad6b7169203331";

it.each(["01", "03", "ff"])("follows a traceparent with the flags %s, which say that it is sampled", (flags) => {
  expect(sampledParent(`00-${traceId}-${parentSpanId}-${flags}`)).toEqual({ traceId, parentSpanId });
});

it.each([
  `00-${traceId}-${parentSpanId}-00`,
  `00-${traceId}-${parentSpanId}-02`,
  `00-${traceId.toUpperCase()}-${parentSpanId}-01`,
  `00-${traceId}-${parentSpanId}-01-more`,
  `00-${traceId}-01`,
  "",
  undefined,
])("follows no other: %s", (traceparent) => {
  expect(sampledParent(traceparent)).toBeUndefined();
});

it("gives the same names the same id, and others another", () => {
  const id = spanIdOf("job_1", "draw", "1");
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(spanIdOf("job_1", "draw", "1")).toBe(id);
  expect(spanIdOf("job_1", "draw", "2")).not.toBe(id);
});

it("makes fresh ids that a traceparent can hold", () => {
  const [a, b] = [newSpanId(), newSpanId()];
  expect(sampledParent(`00-${traceId}-${a}-01`)?.parentSpanId).toBe(a);
  expect(b).not.toBe(a);
});
