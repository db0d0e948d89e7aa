import { EventEmitter } from "node:events";
import { beforeEach, expect, it } from "vitest";
import { sameRequestMs } from "../../shared/process/stop-requests.ts";
import { listenForStop } from "./stop-signals.ts";

let source: EventEmitter;
let ms: number;
let signals: ReturnType<typeof listenForStop>;

beforeEach(() => {
  source = new EventEmitter();
  ms = 1_000;
  signals = listenForStop(source, () => ms);
});

const heard = () => ({ stop: signals.stop.aborted, hurry: signals.hurry.aborted });

it("stops on the first signal and hurries on the second, of whatever kind", () => {
  expect(heard()).toEqual({ stop: false, hurry: false });
  source.emit("SIGTERM");
  expect(heard()).toEqual({ stop: true, hurry: false });
  ms += sameRequestMs;
  source.emit("SIGINT");
  expect(heard()).toEqual({ stop: true, hurry: true });
});

it("takes the terminal's SIGINT, npm's copy of it and the parent's SIGTERM for one request", () => {
  for (const signal of ["SIGINT", "SIGINT", "SIGTERM"]) {
    source.emit(signal);
    ms += sameRequestMs / 4;
  }
  expect(heard()).toEqual({ stop: true, hurry: false });
});

it.each([
  ["a notice", () => signals.onNotice()],
  ["the end of its parent", () => source.emit("disconnect")],
])("stops on %s, and leaves the job its grace on the signal that follows", (_reason, tell) => {
  tell();
  expect(heard()).toEqual({ stop: true, hurry: false });
  ms += 60_000;
  source.emit("SIGTERM");
  expect(heard()).toEqual({ stop: true, hurry: false });
  ms += sameRequestMs;
  source.emit("SIGTERM");
  expect(heard()).toEqual({ stop: true, hurry: true });
});
