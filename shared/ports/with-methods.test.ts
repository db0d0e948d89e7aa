import { expect, it } from "vitest";
import { withMethods } from "./with-methods.ts";

class Counter {
  #count = 0;
  add(amount: number) {
    this.#count += amount;
  }
  read() {
    return this.#count;
  }
}

it("replaces the methods that are given, and leaves the others on the object, with its private state", () => {
  const counter = new Counter();
  const doubled = withMethods(counter, { add: (amount) => counter.add(2 * amount) });
  doubled.add(3);
  expect([doubled.read(), counter.read()]).toEqual([6, 6]);
});
