import { describe, expect, it } from "vitest";
import { defaultModeration } from "../../shared/moderation/moderation-settings.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { isLoopbackHost, readStartOptions, type StartOptions } from "./options.ts";

describe("readStartOptions", () => {
  it("has a default for everything", () => {
    expect(readStartOptions([], {})).toEqual({
      modelAliases: [],
      corsOrigins: [],
      pageHosts: [],
      sdapiWithoutKey: false,
      prices: defaultPrices,
      moderation: defaultModeration,
      port: 8787,
      host: "127.0.0.1",
      dataDir: "./data",
      workers: 1,
    });
  });

  it("takes the environment, and options over it", () => {
    const env = { PORT: "9000", DATA_DIR: "/srv/d", HOST: "::1", LOCAL_API_KEY: "0123456789abcdef" };
    expect(readStartOptions([], env)).toEqual({
      modelAliases: [],
      corsOrigins: [],
      pageHosts: [],
      sdapiWithoutKey: false,
      prices: defaultPrices,
      moderation: defaultModeration,
      port: 9000,
      host: "::1",
      dataDir: "/srv/d",
      workers: 1,
      apiKey: "0123456789abcdef",
    });
    expect(readStartOptions(["--port=0", "--data-dir", "x", "--model", "m", "--workers", "2"], env)).toMatchObject({
      port: 0,
      dataDir: "x",
      model: "m",
      workers: 2,
    });
  });

  it("reports usage where both address and key are given", () => {
    const env = { METER_URL: "https://billing.example/events", METER_API_KEY: "sk_1" };
    const meter = { url: env.METER_URL, apiKey: "sk_1", eventName: "z_image_usage" };
    expect(readStartOptions([], env)).toMatchObject({ meter });
    expect(readStartOptions([], { ...env, METER_EVENT: "x" })).toMatchObject({ meter: { ...meter, eventName: "x" } });
  });

  it("takes the address that clients use", () => {
    const { publicUrl } = readStartOptions([], { PUBLIC_URL: "https://images.example.com/" }) as StartOptions;
    expect(publicUrl).toBe("https://images.example.com");
  });

  it("takes the names that the page may be opened under", () => {
    expect(readStartOptions([], { PAGE_HOSTS: "Studio.lan, zimage,,a-1.b" })).toMatchObject({
      pageHosts: ["studio.lan", "zimage", "a-1.b"],
    });
    for (const wrong of ["http://studio.lan", "studio.lan:8787", "*", "a b", "-x", "x."]) {
      expect(() => readStartOptions([], { PAGE_HOSTS: `studio.lan,${wrong}` })).toThrow(
        /^PAGE_HOSTS must be host names/,
      );
    }
  });

  it("takes the deduplication window of the printed key", () => {
    const env = { DEDUPLICATION_WINDOW_S: "300" };
    expect(readStartOptions([], env)).toMatchObject({ deduplicationWindowS: 300 });
    expect(readStartOptions(["--deduplication-window-s", "0"], env)).toMatchObject({ deduplicationWindowS: 0 });
    expect(readStartOptions(["--deduplication-window-s", "auto"], env)).toMatchObject({ deduplicationWindowS: null });
  });

  it("takes empty variables for absent ones", () => {
    expect(readStartOptions([], { PORT: "", DATA_DIR: "", HOST: "", LOCAL_API_KEY: "" })).toEqual(
      readStartOptions([], {}),
    );
  });

  it("answers --help whatever else is wrong in the environment", () => {
    expect(readStartOptions(["--help"], { PORT: "x" })).toBe("help");
  });

  it.each([
    [[], { PORT: "80a" }, 'PORT must be a whole number from 0 to 65535, got "80a"; for example 8787'],
    [[], { PORT: "65536" }, "65536"],
    [["--port", "-1"], {}, "--port"],
    [["--workers=-1"], {}, "--workers must be a whole number"],
    [["--workers", "1.5"], {}, "1.5"],
    [["--prot", "1"], {}, "--prot"],
    [["surplus"], {}, "surplus"],
    [["--model"], {}, "--model"],
    [["--model="], {}, "--model must not be empty"],
    [[], { HOST: "8787" }, "HOST"],
    [[], { HOST: "http://x" }, "HOST"],
    [[], { METER_URL: "billing", METER_API_KEY: "sk_1" }, "METER_URL must be the address"],
    [[], { METER_URL: "https://billing.example" }, "METER_API_KEY must be the key"],
    [[], { METER_API_KEY: "sk_1" }, "METER_URL"],
    [[], { PUBLIC_URL: "images.example.com" }, "PUBLIC_URL must be an http or https address"],
    [[], { PUBLIC_URL: "https://images.example.com/?a" }, "PUBLIC_URL must be an http or https address"],
    [[], { DEDUPLICATION_WINDOW_S: "-1" }, "DEDUPLICATION_WINDOW_S must be auto or whole seconds"],
    [["--deduplication-window-s=901"], {}, "--deduplication-window-s must be auto or whole seconds"],
    [[], { LOCAL_API_KEY: "short" }, "LOCAL_API_KEY must be 16 to 512"],
    [[], { LOCAL_API_KEY: "with a space in it" }, "LOCAL_API_KEY"],
  ])("refuses %j %j in one line that names it", (args, env, part) => {
    const read = () => readStartOptions(args, env);
    expect(read).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(read).toThrow(part);
    expect(read).not.toThrow(/\n/);
  });

  it("does not repeat a refused key", () => {
    expect(() => readStartOptions([], { LOCAL_API_KEY: "hunter2" })).not.toThrow("hunter2");
  });
});

it.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.1.5", false],
])("isLoopbackHost(%s) is %s", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
