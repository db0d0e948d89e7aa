// `node aws-emulator-supervisor.ts COMMAND ARG…`: runs the command until it ends or standard input closes.
import { spawn } from "node:child_process";

const [command = "", ...args] = process.argv.slice(2);
const emulator = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
emulator.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
emulator.once("exit", (code) => process.exit(code ?? 1));
process.stdin.once("end", () => emulator.kill("SIGKILL")).resume();
// An interrupt from the terminal reaches the whole group; the tests close standard input when they are done.
process.once("SIGINT", () => {});
