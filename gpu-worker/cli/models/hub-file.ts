import { PipelineError } from "../../../shared/errors.ts";
import { type FileBytes, type RemoteFile, ServerBusy } from "../../weights/download/download-file.ts";
import type { Checksum } from "../../weights/download/file-checksum.ts";

/** One file as the hub describes it. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly checksum: Checksum;
  readonly url: string;
}

/** A file of a hub, for `downloadFile`. @param token - the hub's access token */
export function hubFile({ path, bytes, checksum, url }: HubFile, token: string | undefined): RemoteFile {
  const failure: RemoteFile["failure"] = (kind, problem, cause) => {
    const remedy =
      kind === "interrupted"
        ? "what arrived is kept: run pull again to resume, or name another --mirror"
        : "run pull again, or name another --mirror";
    return new PipelineError("download_failed", `${path}: ${problem}; ${remedy}`, { cause });
  };
  const refused = (status: number) => {
    const advice = adviceOf[status] ?? "name another --mirror";
    return new PipelineError("download_failed", `${path}: the server responded with ${status}; ${advice}`);
  };
  return {
    bytes,
    checksum,
    failure,
    async read(start, end, signal): Promise<FileBytes> {
      const response = await fetch(url, {
        headers: {
          range: `bytes=${start}-${end - 1}`,
          // A compressed response would have other lengths than those asked for.
          "accept-encoding": "identity",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        signal,
      });
      const { status, headers, body } = response;
      const length = headers.get("content-length");
      const range = headers.get("content-range");
      const expected = `bytes ${start}-${end - 1}/${bytes}`;
      if (body && status === 206 && range === expected) return { body, isWhole: false };
      if (body && status === 200 && (length === null || Number(length) === bytes)) return { body, isWhole: true };
      await body?.cancel();
      if (status === 206)
        throw failure("wrong", `the server gave ${range ?? "no range"} where ${expected} was asked for`);
      if (status === 200) throw failure("wrong", `the server has ${length} bytes, expected ${bytes}`);
      if (status === 429 || status >= 500 || status === 408) throw busy(status, headers.get("retry-after"));
      throw refused(status);
    },
  };
}

const adviceOf: Readonly<Record<number, string>> = {
  401: "the token is missing or not valid",
  403: "the token is missing, not valid, or the licence was not accepted on the hub's page",
  404: "the hub does not have what it listed; name another --mirror",
  416: "its file is shorter than listed; name another --mirror",
};

function busy(status: number, retryAfter: string | null): ServerBusy {
  const seconds = Number(retryAfter ?? "0");
  return new ServerBusy(
    `the server responded with ${status}`,
    Number.isFinite(seconds) && seconds > 0 ? 1000 * seconds : 0,
  );
}
