import { execFileSync } from "node:child_process";

export function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Missing requirement of the worker image's library check, with its remedy; `undefined` when the test can run. */
export function missingForLibraryCheck(): string | undefined {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return "Linux on x64 or arm64";
  const tools = ["cc", "ldd"].filter((tool) => !isInstalled(tool));
  return tools.length > 0 ? `${tools.join(" and ")} (apt-get install gcc libc-bin)` : undefined;
}
