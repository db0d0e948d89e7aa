import { expect, it } from "vitest";
import { settings, settingsHelp } from "./settings.ts";

it("prints every key with its default and reason", () => {
  const help = settingsHelp();
  for (const [key, { because }] of Object.entries(settings)) {
    expect(help).toContain(`  ${key} (default `);
    expect(help).toContain(`because: ${because}`);
  }
});

it("prints lists with commas, and an empty text as none", () => {
  expect(settingsHelp()).toContain(`instanceTypes (default ${settings.instanceTypes.default.join(",")})`);
  expect(settingsHelp()).toContain("workerImage (default none)");
});
