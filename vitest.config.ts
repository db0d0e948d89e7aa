import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{functions,gpu-worker,shared,local,bench,models,examples,sdk,page,test}/**/*.test.ts"],
    // Have configurations of their own: npm run test:clients and test:page.
    exclude: [...configDefaults.exclude, "test/clients/**", "test/page/**"],
    globalSetup: ["test/support/aws/aws-emulators-present.ts", "test/support/native/kernel-tests-present.ts"],
    testTimeout: 60_000,
    // Hooks start whole pipelines, which takes a busy machine minutes.
    hookTimeout: 300_000,
    // Threads would share one onnxruntime environment and its logger; forks keep a crash in one file.
    pool: "forks",
    // Vitest leaves one core to itself: of two, half the machine.
    maxWorkers: "100%",
  },
});
