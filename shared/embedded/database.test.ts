import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EmbeddedDatabase } from "./database.ts";
import { openEmbeddedItems } from "./items.ts";
import { openEmbeddedQueue } from "./queue.ts";

describe("EmbeddedDatabase", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "database-"));
    file = join(folder, "deep", "state.db");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const insert = "INSERT INTO dead_letters (queue, body) VALUES ('q', ?)";
  const bodies = (db: EmbeddedDatabase) =>
    db.read(() =>
      db
        .sql("SELECT body FROM dead_letters ORDER BY id")
        .all()
        .map(({ body }) => body),
    );

  it("syncs every commit of a write-ahead log", async () => {
    const db = new EmbeddedDatabase(file);
    expect(db.sql("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.sql("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    await db.close();
  });

  it("refuses a file of a newer program, and says what to do", async () => {
    await new EmbeddedDatabase(file).close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 4");
    raw.close();
    expect(() => new EmbeddedDatabase(file)).toThrow(/state\.db has schema version 4, .* up to 3; run the program/);
  });

  it("opens a file of version 1, and receives what is in its queue in the order of then", async () => {
    await new EmbeddedDatabase(file).close();
    const raw = new DatabaseSync(file);
    raw.exec(`
      DROP TABLE messages; DROP TABLE turns;
      CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL, body TEXT NOT NULL, sent_at REAL NOT NULL,
        visible_at REAL NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, receipt TEXT
      ) STRICT;
      CREATE INDEX messages_visible ON messages (queue, visible_at, id);
      INSERT INTO messages (queue, body, sent_at, visible_at, receive_count, receipt) VALUES
        ('jobs', 'second', 2, 2, 0, NULL), ('jobs', 'first', 1, 1, 0, NULL), ('jobs', 'held', 0, 5000, 1, '3.x'),
        ('jobs', 'delayed', 0, 6000, 0, NULL);
      PRAGMA user_version = 1`);
    raw.close();
    let now = 10;
    const queue = openEmbeddedQueue(file, "jobs", { clock: { now: () => now, sleep: async () => {} } });
    expect(await queue.depth()).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
    const bodies = async () => (await queue.receive({ max: 10, visibilityMs: 60_000 })).map(({ body }) => body);
    expect(await bodies()).toEqual(["first", "second"]);
    await queue.extend("3.x", 0);
    now = 7_000;
    expect(await bodies()).toEqual(["held", "delayed"]);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 4, delayed: 0 });
    await queue.close();
  });

  it("keeps writes apart that share a commit", async () => {
    const db = new EmbeddedDatabase(file);
    const outcomes = await Promise.allSettled([
      db.write(() => db.sql(insert).run("a").changes),
      db.write(() => {
        db.sql(insert).run("undone");
        throw new Error("changed my mind");
      }),
      db.write(() => db.sql(insert).run("b").changes),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await bodies(db)).toEqual(["a", "b"]);
    await db.close();
  });

  it("waits for another process's lock without blocking the event loop", async () => {
    const db = new EmbeddedDatabase(file);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const write = db.write(() => db.sql(insert).run("patient"));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await bodies(db)).toEqual([]);
    other.exec("ROLLBACK");
    other.close();
    await write;
    expect(await bodies(db)).toEqual(["patient"]);
    await db.close();
  });

  it("finishes what was asked for before it closes, and refuses what comes later", async () => {
    const db = new EmbeddedDatabase(file);
    const write = db.write(() => db.sql(insert).run("in time"));
    await db.close();
    await write;
    await expect(db.write(() => undefined)).rejects.toThrow("closed");
    const again = new EmbeddedDatabase(file);
    expect(await bodies(again)).toEqual(["in time"]);
    await again.close();
  });
});

describe("openEmbeddedItems", () => {
  it("sweeps what has expired, and nothing else", async () => {
    const clock = { now: () => 5_000_000, sleep: async () => {} };
    const items = openEmbeddedItems(":memory:", { clock });
    const put = (sk: string, exp?: number) => ({ put: { pk: "p", sk, data: {}, exp } });
    await items.write([put("expired", 4999), put("just now", 5000), put("not yet", 5000.5), put("never")]);
    for (let i = 0; i < 12; i++) {
      await items.write(Array.from({ length: 100 }, (_, n) => put(`many ${i} ${n}`, 1)));
    }
    expect(await items.sweepExpired()).toBe(1202);
    expect(await items.sweepExpired()).toBe(0);
    const left = await items.query({ index: "main", partition: "p" });
    expect(left.items.map(({ sk }) => sk)).toEqual(["never", "not yet"]);
    await items.close();
  });
});
