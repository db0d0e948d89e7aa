import { defineConfig } from "vitest/config";

/** Apart from the rest: these need the packages of `infra/`, and `npm run test:cloud` runs them. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
});
