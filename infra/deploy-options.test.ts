import { describe, expect, it } from "vitest";
import { deployHelp, readDeployOptions } from "./deploy-options.ts";

describe("readDeployOptions", () => {
  it("has defaults, and takes settings as the CDK does", () => {
    expect(readDeployOptions([])).toEqual({ environment: "dev", context: [], destroy: false, diff: false, yes: false });
    expect(
      readDeployOptions(["-c", "maxWorkers=2", "-c", "spot=false", "--weights", "model", "--environment", "prod"]),
    ).toEqual({
      environment: "prod",
      context: ["maxWorkers=2", "spot=false"],
      weights: "model",
      destroy: false,
      diff: false,
      yes: false,
    });
  });

  it.each([
    [["prod"], /unexpected "prod"/],
    [["-c", "maxWorkers"], /KEY=VALUE, got "maxWorkers"/],
    [["-c", "environment=prod"], /--environment NAME/],
    [["--deduplication-window-s", "1h"], /from 0 \(off\) to 900, got "1h"/],
    [["--destroy", "--weights", "x"], /do not go together/],
    [["--destroy", "--diff"], /do not go together/],
    [["--force"], /force/],
  ])("refuses %j and says why", (args, message) => {
    expect(() => readDeployOptions(args)).toThrow(message);
  });

  it("lists every setting in its help", () => {
    expect(readDeployOptions(["--help"])).toBe("help");
    expect(deployHelp()).toContain("maxWorkers (default 4)");
  });
});
