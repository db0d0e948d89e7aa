import { expect, it } from "vitest";
import { type BackgroundSettings, backgroundEnvironment, readBackgroundSettings } from "./background-settings.ts";

const settings = {
  dataDir: "/data",
  models: [{ id: "z-image-turbo" }],
  prices: { currency: "USD" },
  workers: 0,
  origin: "http://127.0.0.1:8787",
  allowLoopback: true,
} as unknown as BackgroundSettings;

it("gives the background process the settings that its parent has", () => {
  expect(readBackgroundSettings(backgroundEnvironment(settings))).toEqual(settings);
});

it.each([
  ["no settings", {}],
  ["no model", backgroundEnvironment({ ...settings, models: [] })],
  ["an unknown setting", backgroundEnvironment({ ...settings, worker: 1 } as BackgroundSettings)],
])("refuses %s", (_, env) => {
  expect(() => readBackgroundSettings(env as NodeJS.ProcessEnv)).toThrow();
});
