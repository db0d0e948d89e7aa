import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { PipelineError } from "../../../shared/errors.ts";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { seededBytes } from "../../../test/support/seeded-random.ts";
import {
  type DownloadOptions,
  downloadFile,
  type FileBytes,
  reason,
  ServerBusy,
  unfinishedFiles,
} from "./download-file.ts";

const content = seededBytes(1, 1000);

/** A server that answers with `read` as long as it gives something else than the bytes asked for. */
function server(
  read: (start: number, end: number, tries: number) => Partial<FileBytes> | undefined | Error = () => undefined,
) {
  const asked: string[] = [];
  let tries = 0;
  return {
    asked,
    file: {
      bytes: content.length,
      checksum: { kind: "sha256" as const, hex: createHash("sha256").update(content).digest("hex") },
      async read(start: number, end: number): Promise<FileBytes> {
        asked.push(`${start}-${end}`);
        const answer = read(start, end, ++tries);
        if (answer instanceof Error) throw answer;
        return { body: bodyOf(content.subarray(start, end)), isWhole: false, ...answer };
      },
      failure: (kind: string, problem: string, cause?: unknown) =>
        new PipelineError("invalid_file", `${kind}: ${problem}`, { cause, retryable: kind === "interrupted" }),
    },
  };
}
const bodyOf = (...pieces: Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

async function download({ file }: ReturnType<typeof server>, path: string, more: Partial<DownloadOptions> = {}) {
  const waits: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
  const options = { clock, pieceBytes: 300, connections: 1, random: () => 0.5, stallMs: 50, ...more };
  await downloadFile(file, path, options);
  return waits;
}
const target = () => join(temporaryFolder(), "new", "model.bin");
const expectWhole = (path: string) => {
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(dirname(path))).toEqual(["model.bin"]);
};

it("asks for pieces and puts the file in place whole, telling of every byte", async () => {
  const path = target();
  const hub = server();
  let bytes = 0;
  await download(hub, path, { onBytes: (count) => (bytes += count) });
  expect(hub.asked).toEqual(["0-300", "300-600", "600-900", "900-1000"]);
  expect(bytes).toBe(1000);
  expectWhole(path);
});

it("takes the whole file of a server without ranges, in one go", async () => {
  const path = target();
  const hub = server(() => ({ body: bodyOf(content), isWhole: true }));
  await download(hub, path);
  expect(hub.asked).toEqual(["0-300"]);
  expectWhole(path);
});

it("goes on after the last byte of a connection that broke, after a wait that doubles", async () => {
  const path = target();
  const hub = server((start, _, tries) =>
    tries <= 3 ? { body: bodyOf(content.subarray(start, start + (tries === 3 ? 100 : 0))) } : undefined,
  );
  const waits = await download(hub, path);
  expect(hub.asked.slice(0, 4)).toEqual(["0-300", "0-300", "0-300", "100-300"]);
  expect(waits).toEqual([500, 1000, 500]); // a byte that came begins anew
  expectWhole(path);
});

it("waits as long as a busy server asks, a minute at most", async () => {
  const busy = [30_000, 1_000_000].map((ms) => new ServerBusy("later", ms));
  expect(
    await download(
      server((_, __, tries) => busy[tries - 1]),
      target(),
    ),
  ).toEqual([30_000, 60_000]);
});

it("counts a connection without a byte for lost", async () => {
  const path = target();
  const silent = () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  await download(
    server((_, __, tries) => (tries === 1 ? { body: silent() } : undefined)),
    path,
    { stallMs: 5 },
  );
  expectWhole(path);
});

it("gives up after six failures in a row, and asks later for what is missing alone", async () => {
  const path = target();
  const broken = server((start) =>
    start >= 600 ? new Error("no route", { cause: new Error("unreachable") }) : undefined,
  );
  await expect(download(broken, path)).rejects.toThrow("interrupted: unreachable, 6 times in a row");
  expect(broken.asked).toHaveLength(2 + 6);
  const again = server();
  let kept = 0;
  await download(again, path, { onBytes: (count) => (kept += count) });
  expect(again.asked).toEqual(["600-900", "900-1000"]);
  expect(kept).toBe(1000);
  expectWhole(path);
});

it("asks for everything again in pieces of another size", async () => {
  const path = target();
  const broken = server((start) => (start >= 600 ? new Error("no") : undefined));
  await expect(download(broken, path)).rejects.toThrow("interrupted");
  const again = server();
  await download(again, path, { pieceBytes: 500 });
  expect(again.asked).toEqual(["0-500", "500-1000"]);
  expectWhole(path);
});

it("throws at once what trying again does not mend, and what is more than was asked for", async () => {
  const refused = server(() => new PipelineError("invalid_file", "gone", { retryable: false }));
  await expect(download(refused, target())).rejects.toThrow("gone");
  expect(refused.asked).toHaveLength(1);
  const generous = server(() => ({ body: bodyOf(content) }));
  await expect(download(generous, target())).rejects.toThrow("wrong: the server sent more bytes than were asked for");
});

it("keeps nothing of a file with another checksum", async () => {
  const path = target();
  const wrong = server((start, end) => ({ body: bodyOf(content.slice(start, end).fill(0)) }));
  await expect(download(wrong, path)).rejects.toThrow(/^wrong: arrived with the sha256 [0-9a-f]{64}, expected/);
  expect(readdirSync(dirname(path))).toEqual([]);
});

it("stops when told to, with what arrived", async () => {
  const path = target();
  const stop = new AbortController();
  const hub = server((start) => void (start === 300 && stop.abort(new Error("stopped"))));
  await expect(download(hub, path, { signal: stop.signal })).rejects.toThrow("stopped");
  const { partial, journal } = unfinishedFiles(path);
  expect(readFileSync(journal, "utf8")).toBe("300\n0\n");
  expect(readFileSync(partial).subarray(0, 300).equals(content.subarray(0, 300))).toBe(true);
});

it("names the innermost reason", () => {
  const inner = new Error("ECONNRESET");
  expect(reason(new Error("fetch failed", { cause: new Error("socket", { cause: inner }) }))).toBe("ECONNRESET");
  expect(reason("a text")).toBe("a text");
});
