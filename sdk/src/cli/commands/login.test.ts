import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { api, folder, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

describe("login", () => {
  const file = () => join(folder, "settings", "config.json");
  const env = (more = {}) => ({ ZIMAGE_CONFIG: file(), ...more });

  it("keeps a key that works, for this user's eyes", async () => {
    const { code, stdout } = await zimage(["login", "--url", `${api.url}/`], { env: env(), stdin: `${api.key}\n` });
    expect([code, stdout]).toEqual([0, `${api.url} and its key are kept in ${file()}\n`]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "settings")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ url: api.url, key: api.key });
    expect((await zimage(["balance"], { env: env() })).code).toBe(0);
    expect((await zimage(["balance"], { env: env({ ZIMAGE_API_KEY: "zk_wrong" }) })).code).toBe(1);
    expect((await zimage(["logout"], { env: env() })).stdout).toBe(`removed ${file()}\n`);
    expect((await zimage(["balance"], { env: env() })).code).toBe(2);
  });

  it("does not keep one that does not", async () => {
    const { code, stderr } = await zimage(["login", "--url", api.url], { env: env(), stdin: "zk_wrong" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("invalid_api_key")]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("tells the key to no other server", async () => {
    await zimage(["login", "--url", api.url], { env: env(), stdin: api.key });
    const elsewhere = await zimage(["balance", "--url", "http://127.0.0.1:1"], { env: env() });
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("no API key for http://127.0.0.1:1") });
  });

  it("says when others can read the file", async () => {
    const exposed = join(folder, "open.json");
    writeFileSync(exposed, JSON.stringify({ url: api.url, key: api.key }), { mode: 0o644 });
    const { code, stderr } = await zimage(["balance"], { env: { ZIMAGE_CONFIG: exposed } });
    expect([code, stderr]).toEqual([0, expect.stringContaining(`chmod 600 ${exposed}`)]);
    writeFileSync(exposed, "{}");
    expect((await zimage(["balance"], { env: { ZIMAGE_CONFIG: exposed } })).code).toBe(2);
  });
});
