import { closeSync, openSync, readSync, statSync } from "node:fs";
import { extname } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";

/** Enough to tell what a file is. */
const headBytes = 512;

/** What a file with weights begins with. */
export type WeightsMagic = "gguf" | "safetensors";

/**
 * Tells a file that holds no weights of a kind that is read, by its first bytes: whatever its name says. Anything
 * unknown passes as safetensors, whose reader checks it.
 * @returns the reader to take, or what the file is and what to do
 */
export function recogniseFile(path: string): { readonly magic: WeightsMagic } | { readonly problem: string } {
  const head = headOf(path);
  if (head === undefined) return { magic: "safetensors" };
  const text = head.toString("latin1");
  if (text.startsWith("GGUF")) return { magic: "gguf" };
  // Eight bytes of length, then the JSON of the header: those eight may be anything.
  if (text[8] === "{") return { magic: "safetensors" };
  if (head.length === 0) return { problem: "is empty; download it again" };
  if (text.startsWith("version https://git-lfs")) {
    const bytes = /^size (\d+)$/m.exec(text)?.[1];
    const size = bytes === undefined ? "" : ` of a file of ${(Number(bytes) / 1e9).toFixed(2)} GB`;
    return {
      problem: `is a Git LFS pointer${size}, not the weights; run git lfs pull in its repository, or download the file`,
    };
  }
  if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(text)) {
    return {
      problem:
        "is a web page that was saved in place of the file; download it by its link with /resolve/main/ (not " +
        "/blob/main/), with a token where the repository asks for one",
    };
  }
  if (
    /^\s*\{\s*"(error|message|detail)"/.test(text) ||
    /^(Entry not found|Access to model|Invalid (user|cred)|Repository not found)/i.test(text)
  ) {
    return {
      problem:
        `is a hub's refusal that was saved in place of the file (${JSON.stringify(text.trim().slice(0, 80))}); ` +
        "download it again",
    };
  }
  const isPickle = text.startsWith("PK\x03\x04") || (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5);
  if (isPickle || /\.(bin|ckpt|pt|pth|pkl)$/i.test(extname(path))) {
    return {
      problem:
        "is a PyTorch file, which can run code when it is read and never is; find the model as .safetensors or " +
        ".gguf, or save it so with safetensors.torch.save_file",
    };
  }
  if (["\x1f\x8b", "7z\xbc\xaf", "Rar!"].some((magic) => text.startsWith(magic)))
    return { problem: "is a packed archive; unpack it first" };
  return { magic: "safetensors" };
}

/** @returns `undefined` where there is no regular file: the reader says so */
function headOf(path: string): Buffer | undefined {
  // Opening a pipe would wait for a writer.
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(descriptor, head, 0, headBytes, 0));
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(descriptor);
  }
}
