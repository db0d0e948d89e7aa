import { expect, it } from "vitest";
import { firstImageCommands } from "./first-image.ts";

// test:cloud runs them, and looks at the image.
it("follows the job, and saves nothing before there is an image", () => {
  const commands = firstImageCommands("https://images.example", "sk_1");
  expect(commands.split("\n")[0]).toBe("URL=https://images.example KEY=sk_1");
  expect(commands.indexOf("/events")).toBeGreaterThan(0);
  expect(commands.indexOf("-o penguin.png")).toBeGreaterThan(commands.indexOf("/events"));
});

it("leaves room for a key that was shown before", () => {
  expect(firstImageCommands("https://images.example", undefined)).toContain("KEY=…your key");
});
