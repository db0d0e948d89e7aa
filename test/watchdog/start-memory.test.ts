import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startCommand } from "../support/start-command.ts";

const run = promisify(execFile);

/** Makes garbage as large bodies do, much of which lives for a while. */
const script = `
  let held = [];
  let most = 0;
  for (let i = 0; i < 4_000; i++) {
    held.push(Array.from({ length: 2_000 }, (_, n) => ({ n })));
    if (held.length > 60) held = held.slice(30);
    if (i % 50 === 0) most = Math.max(most, require("node:v8").getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size);
  }
  console.log(most);
`;

// V8 lets it grow to 134 MB by itself, a third of what the API's process may have: the watchdog found it at 450 MB with
// it.
it("starts the API with a small young generation", async () => {
  const flags = startCommand().slice(0, -1);
  const { stdout } = await run(process.execPath, [...flags, "-e", script]);
  expect(Number(stdout)).toBeGreaterThan(1e6);
  expect(Number(stdout)).toBeLessThan(30e6);
});

/** Tells which of the libraries that draw and encode images are loaded. */
const hook = `
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(name, context, next) {
      if (["sharp", "onnxruntime-node", "koffi", "@contentauth/c2pa-wasm"].includes(name)) console.log("loads " + name);
      return next(name, context);
    },
  });
`;

// 43 MB with ONNX Runtime and libvips, which this process has no use for. `koffi` is for malloc's settings.
it("starts the API without the libraries that draw and encode images", async () => {
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { stdout } = await run(process.execPath, [...startCommand(["--import", url]), "--help"]);
  expect(stdout.split("\n").filter((line) => line.startsWith("loads "))).toEqual(["loads koffi"]);
});
