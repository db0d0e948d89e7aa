import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InvalidInputError } from "../../shared/errors.ts";

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Lets another process have the folder. The end of this process, even by `kill -9`, does the same. */
  release(): void;
}

const lockName = "start.lock";
/** Locks held until released: the garbage collector would close an unreferenced one. */
const held = new Set<DatabaseSync>();

/**
 * Make the folder when it is missing, readable by its owner alone, and hold it: one `npm start` per folder.
 * @throws InvalidInputError `bad_data_dir`, `data_dir_in_use`
 */
export function holdDataFolder(dir: string): DataFolder {
  const path = resolve(dir);
  const lockFile = join(path, lockName);
  const processFile = join(path, "start.pid");
  let lock: DatabaseSync;
  try {
    makeFolder(path);
    const content = readdirSync(path);
    // A folder that existed before with other content (a home, /tmp) keeps its mode.
    if (content.length === 0 || content.includes(lockName)) chmodSync(path, 0o700);
    // The system drops a lock on an SQLite file when its process ends, however it ends; a file with a number in it
    // would stay.
    lock = new DatabaseSync(lockFile, { timeout: 0 });
  } catch (cause) {
    throw unusable(dir, cause);
  }
  try {
    lock.exec("BEGIN EXCLUSIVE");
    writeFileSync(processFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Error && /database is locked/.test(cause.message))) throw unusable(dir, cause);
    throw new InvalidInputError(
      "data_dir_in_use",
      `DATA_DIR ${dir} is in use by another npm start${holder(processFile)}; stop that one, or give this one ` +
        "its own: DATA_DIR=./data2 npm start",
    );
  }
  held.add(lock);
  const release = () => {
    held.delete(lock);
    lock.close();
  };
  return { path, release };
}

/**
 * Not `recursive`: Node loops for ever on a path like /proc/x, which exists as far as its parent and still gives
 * ENOENT.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function holder(processFile: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(processFile, "utf8"), 10)})`;
  } catch {
    return "";
  }
}

function unusable(dir: string, cause: unknown): InvalidInputError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidInputError(
    "bad_data_dir",
    `DATA_DIR ${dir} cannot be used: ${reason}; give a folder that this user may write, for example DATA_DIR=./data`,
    { cause },
  );
}
