import { describe, expect, it } from "vitest";
import { readConfig } from "./read-config.ts";
import { describeChanges, parseRememberedSettings, settingChanges, settingsToRemember } from "./remembered-settings.ts";

const deployed = {
  workerImage: "z-image-worker:v1",
  instanceTypes: "g6.xlarge, g5.*",
  spot: "false",
  maxWorkers: 2,
  tags: "team=vision,cost-center=12",
};

describe("settings of a deployment", () => {
  it("are remembered as far as they differ from the defaults, and read back to the same", () => {
    const config = readConfig(deployed);
    const remembered = settingsToRemember(config);
    expect(remembered).toEqual({ ...deployed, instanceTypes: "g6.xlarge,g5.*", maxWorkers: "2" });
    expect(parseRememberedSettings(JSON.stringify(remembered))).toEqual(remembered);
    expect(readConfig({ remembered: JSON.stringify(remembered) })).toEqual(config);
  });

  it("yield to the file, and both to the command line", () => {
    const context = {
      remembered: JSON.stringify({ workerImage: "z-image-worker:v1", maxWorkers: "2", minWorkers: "1" }),
      environments: { dev: { maxWorkers: 8 } },
      minWorkers: "3",
    };
    expect(readConfig(context)).toMatchObject({ workerImage: "z-image-worker:v1", maxWorkers: 8, minWorkers: 3 });
  });

  it("forget what is set to its default", () => {
    const config = readConfig({ remembered: JSON.stringify({ alarmEmail: "ops@example.com" }), alarmEmail: "" });
    expect(settingsToRemember(config)).toEqual({});
  });

  it("remember prices by their content: the file lies on one machine", () => {
    const prices = JSON.stringify([{ from: "2026-01-01" }]);
    expect(settingsToRemember(readConfig({ prices }))).toEqual({ prices });
  });

  it("pass over a setting that a later version does not have", () => {
    expect(parseRememberedSettings('{"turbo":"true","maxWorkers":"2"}')).toEqual({ maxWorkers: "2" });
  });

  it.each(["[]", "not JSON", '{"maxWorkers":2}'])("are refused when they are %j", (text) => {
    expect(() => parseRememberedSettings(text)).toThrow(/expected the settings of a deployment/);
  });
});

describe("the difference between two deployments", () => {
  it("names each setting once, with what the grave ones mean", () => {
    const changes = settingChanges({ workerImage: "z-image-worker:v1", maxWorkers: "2" }, { maxWorkers: "8" });
    expect(changes).toEqual([
      { key: "workerImage", from: "z-image-worker:v1", to: "" },
      { key: "maxWorkers", from: "2", to: "8" },
    ]);
    expect(describeChanges(changes)).toEqual([
      "  workerImage: z-image-worker:v1 → none",
      "      all workers stop, and jobs wait",
      "  maxWorkers: 2 → 8",
    ]);
  });

  it("is nothing between equals", () => {
    expect(settingChanges({ maxWorkers: "4" }, {})).toEqual([]);
  });
});
