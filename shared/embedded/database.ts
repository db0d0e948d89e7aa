import { type FSWatcher, mkdirSync, watch } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { InvalidFileError } from "../errors.ts";

/** One schema for items and queues, so that both may live in one file or in two. Version 1. */
const firstSchema = `
  CREATE TABLE items (
    pk TEXT NOT NULL, sk TEXT NOT NULL,
    gpk TEXT, gsk TEXT, due_pk TEXT, due_at REAL, exp REAL,
    version INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (pk, sk)
  ) STRICT;
  CREATE INDEX items_gsi1 ON items (gpk, gsk, pk, sk) WHERE gpk IS NOT NULL;
  CREATE INDEX items_due ON items (due_pk, due_at, pk, sk) WHERE due_pk IS NOT NULL;
  CREATE INDEX items_exp ON items (exp) WHERE exp IS NOT NULL;
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, body TEXT NOT NULL, sent_at REAL NOT NULL,
    visible_at REAL NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, receipt TEXT
  ) STRICT;
  CREATE INDEX messages_visible ON messages (queue, visible_at, id);
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, body TEXT NOT NULL, reason TEXT
  ) STRICT;
  CREATE INDEX dead_letters_queue ON dead_letters (queue, id);
`;

/**
 * Version 2: messages have a group, and groups take turns. A message is `offered` when it may be received, else hidden
 * until `visible_at`: with a receiver when it has a receipt, delayed when not. `turns` holds the counts of each group
 * and when it was last served, so that choosing one needs no look at its messages; triggers keep it.
 */
const groupsAndTurns = `
  ALTER TABLE messages ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE messages ADD COLUMN offered INTEGER NOT NULL DEFAULT 0;
  DROP INDEX messages_visible;
  CREATE INDEX messages_offered ON messages (queue, group_id, visible_at, id) WHERE offered = 1;
  CREATE INDEX messages_hidden ON messages (queue, visible_at) WHERE offered = 0;
  CREATE TABLE turns (
    queue TEXT NOT NULL, group_id TEXT NOT NULL,
    offered INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0, served INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (queue, group_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX turns_next ON turns (queue, in_flight, served) WHERE offered > 0;
  CREATE INDEX turns_served ON turns (queue, served);
  INSERT INTO turns (queue, group_id, in_flight)
    SELECT queue, group_id, count(receipt) FROM messages GROUP BY queue, group_id;
  CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    INSERT INTO turns (queue, group_id, offered) VALUES (new.queue, new.group_id, new.offered)
      ON CONFLICT DO UPDATE SET offered = offered + excluded.offered;
  END;
  CREATE TRIGGER message_moved AFTER UPDATE OF offered, receipt ON messages BEGIN
    UPDATE turns SET offered = offered + new.offered - old.offered,
      in_flight = in_flight + (new.offered = 0 AND new.receipt IS NOT NULL) - (old.offered = 0 AND old.receipt IS NOT NULL)
    WHERE queue = new.queue AND group_id = new.group_id;
  END;
  CREATE TRIGGER message_deleted AFTER DELETE ON messages BEGIN
    UPDATE turns SET offered = offered - old.offered,
      in_flight = in_flight - (old.offered = 0 AND old.receipt IS NOT NULL)
    WHERE queue = old.queue AND group_id = old.group_id;
  END;
`;

/** Version 3: waiting messages are found by their body, to tell how many will be received before one. */
const bodies = "CREATE INDEX messages_body ON messages (queue, body) WHERE offered = 1";

/** Each takes a file from the version before to its own, which is its place in this list. */
const schemaSteps = [firstSchema, groupsAndTurns, bodies];
const schemaVersion = schemaSteps.length;

/** Blocking wait for another process's lock, each try. Short: it holds up the event loop. */
const busyTimeoutMs = 25;
/** How long in all to try for a lock. Lock holders need milliseconds, so this only ends when one of them is stopped. */
const lockPatienceMs = 30_000;

/** How long reads may keep the process from other work. */
const maxHoldMs = 5;

interface PendingWrite {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection to a SQLite file that several processes have open (WAL, `synchronous=FULL`: a resolved write survives
 * `kill -9` and power loss). Writes that arrive while the last commit was on its way to the disk share the next commit,
 * each in a savepoint of its own: one fsync for all, and one failing does not touch the others.
 */
export class EmbeddedDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #pending: PendingWrite[] = [];
  #gaveWayAt = 0;
  #flushScheduled = false;
  #closed = false;
  readonly #file: string;
  readonly #logFile: string | undefined;
  readonly #logListeners = new Set<() => void>();
  #logWatcher: FSWatcher | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#logFile = file === ":memory:" ? undefined : `${file}-wal`;
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    this.#db = new DatabaseSync(file, { timeout: 10_000 });
    try {
      // SQLite does not call the busy handler while two processes switch a new file to WAL, hence the loop.
      retryWhileBusySync(() => this.#db.exec("PRAGMA journal_mode = WAL"));
      this.#db.exec("PRAGMA synchronous = FULL");
      retryWhileBusySync(() => this.#createSchema(file));
      this.#db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    } catch (error) {
      this.#db.close();
      throw damaged(file, error) ?? error;
    }
  }

  /** Prepared once per text. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }

  /** Runs `work`, which only reads; sees the newest commit of every process. */
  async read<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + lockPatienceMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        // Another process recovers or removes the write-ahead log right now.
        if (!isBusy(error) || performance.now() > deadline) throw damaged(this.#file, error) ?? error;
        await new Promise((resolve) => setTimeout(resolve, lockRetryMs()));
      }
    }
  }

  /** Runs `work`, which only reads and may wait in between: every read sees the commits up to the first one alone. */
  async snapshot<T>(work: () => Promise<T>): Promise<T> {
    this.#db.exec("BEGIN");
    try {
      return await work();
    } finally {
      this.#db.exec("COMMIT");
    }
  }

  /**
   * Lets the process do other things when reads have kept it for some milliseconds: reads are synchronous, so a loop
   * over pages would hold up everything else to its end. In memory it does nothing, so that simulations replay exactly.
   */
  async giveWay(): Promise<void> {
    if (this.#logFile === undefined || performance.now() - this.#gaveWayAt < maxHoldMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#gaveWayAt = performance.now();
  }

  /** Runs `work` in a write transaction; resolves once it is on disk. When `work` throws, nothing of it is stored. */
  write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("the database is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.#flushScheduled) return;
      this.#flushScheduled = true;
      const deadline = performance.now() + lockPatienceMs;
      setImmediate(() => this.#flush(deadline));
    });
  }

  /** Changes whenever another connection has committed; far cheaper than asking a table. */
  dataVersion(): number {
    return this.sql("PRAGMA data_version").get()!.data_version as number;
  }

  /**
   * Calls `listener` when some process writes to the log: a commit follows within milliseconds, or has just happened.
   * A hint only. Where the system cannot watch the file (network drives, too many watches) it never comes.
   *
   * @returns stops the calls
   */
  onLogWrite(listener: () => void): () => void {
    this.#logListeners.add(listener);
    if (this.#logFile && !this.#logWatcher && !this.#closed) {
      try {
        this.#logWatcher = watch(this.#logFile, { persistent: false }, () => {
          for (const notify of this.#logListeners) notify();
        }).on("error", () => {});
      } catch {
        // A hint only.
      }
    }
    return () => this.#logListeners.delete(listener);
  }

  /** Finishes the writes that were asked for, then closes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const last = this.#pending.length > 0 ? this.write(() => undefined) : undefined;
    this.#closed = true;
    await last;
    this.#logWatcher?.close();
    this.#db.close();
  }

  #flush(deadline: number): void {
    try {
      this.sql("BEGIN IMMEDIATE").run();
    } catch (error) {
      if (isBusy(error) && performance.now() < deadline) {
        setTimeout(() => this.#flush(deadline), lockRetryMs());
      } else {
        this.#flushScheduled = false;
        for (const { reject } of this.#pending.splice(0)) reject(damaged(this.#file, error) ?? error);
      }
      return;
    }
    this.#flushScheduled = false;
    const batch = this.#pending.splice(0);
    try {
      const settle = batch.map((write) => this.#runInSavepoint(write));
      this.sql("COMMIT").run();
      for (const done of settle) done();
    } catch (error) {
      if (this.#db.isTransaction) this.sql("ROLLBACK").run();
      for (const { reject } of batch) reject(damaged(this.#file, error) ?? error);
    }
  }

  #runInSavepoint({ work, resolve, reject }: PendingWrite): () => void {
    this.sql("SAVEPOINT one_write").run();
    try {
      const value = work();
      this.sql("RELEASE one_write").run();
      return () => resolve(value);
    } catch (error) {
      this.sql("ROLLBACK TO one_write").run();
      this.sql("RELEASE one_write").run();
      return () => reject(damaged(this.#file, error) ?? error);
    }
  }

  #createSchema(file: string): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const found = this.#db.prepare("PRAGMA user_version").get()!.user_version as number;
      if (found > schemaVersion) {
        throw new InvalidFileError(
          `${file} has schema version ${found}, this program knows versions up to ${schemaVersion}; ` +
            "run the program that wrote it, or choose another data folder",
        );
      }
      for (const step of schemaSteps.slice(found)) this.#db.exec(step);
      if (found < schemaVersion) this.#db.exec(`PRAGMA user_version = ${schemaVersion}`);
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function isBusy(error: unknown): boolean {
  return primaryCode(error) === sqliteBusy;
}

/** The error in words for an operator, where the file is at fault. */
function damaged(file: string, error: unknown): InvalidFileError | undefined {
  const code = primaryCode(error);
  if (code !== sqliteCorrupt && code !== sqliteNotADatabase) return undefined;
  const message =
    `${file} is damaged (${(error as Error).message}); stop the service, move the file and its -wal and -shm ` +
    `away, and put a backup in its place, or what "sqlite3 FILE .recover" saves of it`;
  return new InvalidFileError(message, { cause: error });
}

function primaryCode(error: unknown): number | undefined {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  // Extended codes (recovery, snapshot) keep the primary code in their low byte.
  return typeof code === "number" ? code & 0xff : undefined;
}

/** Random, so that processes that collided once do not keep step. */
function lockRetryMs(): number {
  return 1 + Math.random() * 10;
}

function retryWhileBusySync(work: () => void): void {
  const deadline = performance.now() + lockPatienceMs;
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(nobodyWakes, 0, 0, lockRetryMs());
    }
  }
}
