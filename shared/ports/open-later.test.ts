import { describe, expect, it } from "vitest";
import { openLater, openOnce } from "./open-later.ts";

describe("openOnce", () => {
  it("opens for the first call alone, and again after a failure", async () => {
    let calls = 0;
    const opened = openOnce(async () => {
      if (++calls === 1) throw new Error("not yet");
      return calls;
    });
    expect(calls).toBe(0);
    await expect(opened()).rejects.toThrow("not yet");
    expect(await Promise.all([opened(), opened()])).toEqual([2, 2]);
  });
});

describe("openLater", () => {
  class Driver {
    readonly #added: string[] = [];
    isClosed = false;
    async add(name: string): Promise<number> {
      return this.#added.push(name);
    }
    async close(): Promise<void> {
      this.isClosed = true;
    }
  }
  const open = () => {
    const drivers: Driver[] = [];
    const port = openLater(async () => {
      const driver = new Driver();
      drivers.push(driver);
      return driver;
    });
    return { drivers, port };
  };

  it("opens the driver with the first call, and passes every call to it", async () => {
    const { drivers, port } = open();
    expect(drivers).toHaveLength(0);
    expect(await port.add("a")).toBe(1);
    expect(await port.add("b")).toBe(2);
    await port.close();
    expect(drivers.map(({ isClosed }) => isClosed)).toEqual([true]);
  });

  it("opens nothing to close it", async () => {
    const { drivers, port } = open();
    await port.close();
    expect(drivers).toHaveLength(0);
  });

  it("can be handed over by a promise without being opened", async () => {
    const { drivers, port } = open();
    expect(await Promise.resolve(port)).toBe(port);
    expect(drivers).toHaveLength(0);
  });
});
