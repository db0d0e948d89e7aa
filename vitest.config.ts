import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{functions,gpu-worker,shared,local,bench,models,examples,sdk,test}/**/*.test.ts"],
    // Has packages and a configuration of its own: npm run test:clients.
    exclude: [...configDefaults.exclude, "test/clients/**"],
    globalSetup: ["test/support/aws/aws-emulators-present.ts", "test/support/native/kernel-tests-present.ts"],
    testTimeout: 60_000,
    // Hooks start whole pipelines, which takes a busy machine minutes.
    hookTimeout: 300_000,
    // Threads would share one onnxruntime environment and its logger; forks keep a crash in one file.
    pool: "forks",
  },
});
