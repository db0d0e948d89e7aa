/** A malformed request and what its response must name. */
export interface MalformedRequest {
  readonly path: "/v1/jobs" | "/v1/images/generations";
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Status that the response must have. */
  readonly status: number;
  /** Field that the response must name. */
  readonly param: string;
}

type Random = () => number;
type Mistake = (path: MalformedRequest["path"], random: Random) => Omit<MalformedRequest, "path">;

const json = { "content-type": "application/json" };

/** A request with one mistake in it, chosen and filled in by `random`. */
export function malformedRequest(random: Random): MalformedRequest {
  const path = random() < 0.5 ? "/v1/jobs" : "/v1/images/generations";
  return { path, ...pick(mistakes, random)(path, random) };
}

const mistakes: readonly Mistake[] = [
  wrongField,
  wrongField,
  wrongField,
  wrongField,
  unknownField,
  unknownField,
  brokenText,
  brokenJson,
  deepJson,
  wrongMediaType,
  pollution,
  noObject,
];

function wrongField(path: MalformedRequest["path"], random: Random) {
  const native = path === "/v1/jobs";
  const field = pick(
    ["prompt", "model", "n", "seed", "size", "steps", "guidance", "cfg_truncation", "cfg_normalization"],
    random,
  );
  const extra = native
    ? ["width", "deadline_s", "output", "webhook", "metadata", "aspect_ratio", "priority"]
    : ["quality", "user"];
  const name = random() < 0.3 ? pick(extra, random) : field;
  // No field of the request takes any of these, except that OpenAI's may be null.
  const values: unknown[] = [
    [],
    [[1]],
    [{}],
    { a: { b: 1 } },
    -2,
    1e308,
    -1e308,
    1e21,
    0.1 + 1e9,
    ...(native ? [null] : []),
  ];
  const number = ["n", "seed", "steps", "guidance", "cfg_truncation", "width", "deadline_s"].includes(name);
  const value = number && random() < 0.5 ? pick(["1", "", true, "NaN"], random) : pick(values, random);
  return request({ prompt: name !== "prompt" ? "x" : undefined, [name]: value }, name);
}

function unknownField(_: string, random: Random) {
  const name = pick(
    ["constructor", "toString", "hasOwnProperty", "Prompt", "prompt ", "n_", "😀", "a.b", "0", "safety", "preset"],
    random,
  );
  return request({ prompt: "x", [name]: pick([1, null, {}, "x"], random) }, name);
}

function brokenText(_: string, random: Random) {
  const text = pick(["\u0000", "a\u0000b", "\ud800", "x\udfff", "\udc00\ud800"], random);
  const name = pick(["prompt", "model", "size"], random);
  return request({ prompt: "x", [name]: text }, name);
}

function brokenJson(_: string, random: Random) {
  const whole = JSON.stringify({ prompt: "a teapot", n: 2, size: "64x64" });
  const text = pick(
    [
      whole.slice(0, 1 + Math.floor(random() * (whole.length - 1))),
      `${whole}${pick(["}", ",", "x", "{}"], random)}`,
      whole.replaceAll('"', "'"),
      "",
      " ",
      "NaN",
      "{prompt:1}",
      '{"prompt":"\n"}',
      '{"n":01}',
    ],
    random,
  );
  const bytes = new TextEncoder().encode(text);
  // Overwriting a letter with a byte that no UTF-8 has.
  const body = random() < 0.3 && bytes.length > 0 ? bytes.with(Math.floor(random() * bytes.length), 0xff) : text;
  return { headers: json, body, status: 400, param: "body" };
}

function deepJson(_: string, random: Random) {
  const depth = 17 + Math.floor(random() ** 4 * 200_000);
  const [open, close] = pick(
    [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const,
    random,
  );
  const closed = random() < 0.5;
  const body = `{"prompt":"x","metadata":${open.repeat(depth)}${closed ? `1${close.repeat(depth)}}` : ""}`;
  return { headers: json, body, status: 400, param: "body" };
}

function wrongMediaType(_: string, random: Random) {
  const headers: { [name: string]: string }[] = [
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "multipart/form-data; boundary=x" },
    { "content-type": "application/json; charset=utf-16" },
    { "content-type": "application/jsonp" },
    { "content-type": ";" },
    { ...json, "content-encoding": "gzip" },
  ];
  return { headers: pick(headers, random), body: '{"prompt":"x"}', status: 415, param: "body" };
}

function pollution(_: string, random: Random) {
  const [body, param] = pick(
    [
      ['{"prompt":"x","__proto__":{"n":3}}', "__proto__"],
      ['{"prompt":"x","metadata":{"__proto__":"y"}}', "metadata.__proto__"],
      ['{"prompt":"x","constructor":{"prototype":{"n":3}}}', "constructor"],
    ] as const,
    random,
  );
  return { headers: json, body, status: 400, param };
}

function noObject(_: string, random: Random) {
  return {
    headers: json,
    body: pick(["[]", "null", "1", '"x"', "true", '[{"prompt":"x"}]'], random),
    status: 400,
    param: "body",
  };
}

function request(body: object, param: string) {
  return { headers: json, body: JSON.stringify(body), status: 400, param };
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random() * choices.length)]!;
}
