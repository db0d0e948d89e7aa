// What Lambda's Node runtime does around a function, as far as ours use it: fetch invocations from the Runtime API, call the
// handler, post what it returns or streams. Run with the environment of the function; the handler is named as Lambda names it.
//
// The start of a function is measured in it, so it loads little itself: `fetch` would load undici, and so would an `import` of
// node:http, which evaluates all its exports.
const { once } = require("node:events");
const { request } = require("node:http");
const { createRequire } = require("node:module");
const { PassThrough } = require("node:stream");

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const streaming = Symbol("streaming");

class ResponseStream extends PassThrough {
  contentType = "application/octet-stream";
  setContentType(type) {
    this.contentType = type;
  }
}

globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [streaming]: true }),
  HttpResponseStream: {
    /** The prelude: status and headers as JSON, eight zero bytes, then the body. */
    from(stream, metadata) {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream.write(JSON.stringify(metadata));
      stream.write(new Uint8Array(8));
      return stream;
    },
  },
};

/** @returns the answer's headers, and its body as text */
async function exchange(method, path, { headers = {}, body } = {}) {
  const [response] = await once(request(`${api}/${path}`, { method, headers }).end(body), "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { headers: response.headers, text };
}

const post = (path, body) => exchange("POST", path, { body: JSON.stringify(body ?? null) });

const describe = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: String(error?.message ?? error),
  stackTrace: String(error?.stack ?? "").split("\n"),
});

async function run() {
  let handler;
  try {
    const [file, name] = process.env._HANDLER.split(".");
    handler = createRequire(`${process.env.LAMBDA_TASK_ROOT}/`)(`./${file}.js`)[name];
  } catch (error) {
    await post("init/error", describe(error));
    process.exit(1);
  }

  // How much of the processor the start took; Lambda has no such header.
  const { user, system } = process.cpuUsage();
  let headers = { "x-start-cpu-ms": String((user + system) / 1000) };
  for (;;) {
    const next = await exchange("GET", "invocation/next", { headers });
    headers = {};
    const id = next.headers["lambda-runtime-aws-request-id"];
    const event = JSON.parse(next.text);
    const deadline = Number(next.headers["lambda-runtime-deadline-ms"]);
    const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
    try {
      if (handler[streaming]) await stream(handler, id, event, context);
      else await post(`invocation/${id}/response`, await handler(event, context));
    } catch (error) {
      await post(`invocation/${id}/error`, describe(error));
    }
  }
}

/** The answer's headers go with its first byte, so the request waits for the content type until then. */
async function stream(handler, id, event, context) {
  const body = new ResponseStream();
  const done = handler(event, body, context);
  done.catch((error) => body.destroy(error));
  await once(body, "readable");
  const answer = request(`${api}/invocation/${id}/response`, {
    method: "POST",
    headers: {
      "lambda-runtime-function-response-mode": "streaming",
      "content-type": body.contentType,
      "transfer-encoding": "chunked",
    },
  });
  body.pipe(answer);
  const [response] = await once(answer, "response");
  response.resume();
  await done;
}

run();
