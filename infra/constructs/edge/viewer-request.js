/*
 * CloudFront Function, runtime 2.0, viewer request: runs at every edge location before anything of ours is invoked. It refuses
 * requests without a key, and with one that no key could be (malformed, or its checksum does not fit), and tells the API under
 * which name the client reached us. Whether a well-formed key exists is for the API to know.
 *
 * The runtime has no modules, no network and under a millisecond. The form of a key is shared/access/api-keys.ts; a test holds the two
 * together.
 */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefix = "zk_live_";
const randomCharacters = 32;
const checksumCharacters = 6;

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by its name
function handler(event) {
  const request = event.request;
  const host = request.headers.host ? request.headers.host.value : "";
  // Whatever the client claims here, the API believes it: it must be ours.
  request.headers["x-forwarded-host"] = { value: host };
  if (request.method === "OPTIONS") return request;
  const problem = keyProblem(request.uri, request.headers.authorization ? request.headers.authorization.value : "");
  return problem === "" ? request : unauthorized(problem, request.uri);
}

/** Why no API key can be in this header; empty when one may be, or when the route may do without. */
function keyProblem(uri, authorization) {
  if (authorization === "") {
    // The routes of our own that nothing but this header opens. Others (result links, other APIs' dialects) are for the API to judge.
    return /^\/v1\/(?:jobs|images|models)(?:\/|$)/.test(uri)
      ? "no API key; send the header Authorization: Bearer <key>"
      : "";
  }
  // A name and the key as its password, in base64, as AUTOMATIC1111's clients send it: for the API to read.
  if (/^Basic +[\w+/=-]{1,1000}$/i.test(authorization)) return "";
  const match = /^(?:Bearer|Key|Token) +(\S+)$/i.exec(authorization);
  if (match === null) return "the Authorization header must be: Bearer <key>";
  const key = match[1];
  if (key.length < 16 || key.length > 512) return `an API key has 16 to 512 characters, this has ${key.length}`;
  // Keys of the operator's own choosing have no form to check.
  if (key.indexOf(prefix) !== 0) return "";
  const random = key.slice(prefix.length, -checksumCharacters);
  if (random.length === randomCharacters && key.slice(-checksumCharacters) !== checksum(random)) {
    return "the API key has a typing error in it: its checksum does not fit; copy it again";
  }
  return "";
}

/** CRC-32 in base 62, six characters. */
function checksum(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = "";
  for (let n = 0; n < checksumCharacters; n++) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function unauthorized(detail, uri) {
  const problem = { type: "urn:z-image:problem:unauthorized", title: "Unauthorized", status: 401, detail: detail };
  problem.instance = uri;
  problem.code = "unauthorized";
  problem.errors = [];
  problem.request_id = "edge";
  problem.retryable = false;
  return {
    statusCode: 401,
    statusDescription: "Unauthorized",
    headers: {
      "content-type": { value: "application/problem+json" },
      "www-authenticate": { value: 'Bearer realm="z-image"' },
      "cache-control": { value: "no-store" },
    },
    body: JSON.stringify(problem),
  };
}
