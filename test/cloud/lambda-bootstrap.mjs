// What Lambda's Node runtime does around a function, as far as ours use it: fetch invocations from the Runtime API, call the
// handler, post what it returns or streams. Run with the environment of the function; the handler is named as Lambda names it.
import { once } from "node:events";
import { request } from "node:http";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";

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

const post = async (path, body) => {
  const response = await fetch(`${api}/${path}`, { method: "POST", body: JSON.stringify(body ?? null) });
  await response.text();
};

const describe = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: String(error?.message ?? error),
  stackTrace: String(error?.stack ?? "").split("\n"),
});

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
  const next = await fetch(`${api}/invocation/next`, { headers });
  headers = {};
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const event = await next.json();
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    if (handler[streaming]) await stream(id, event, context);
    else await post(`invocation/${id}/response`, await handler(event, context));
  } catch (error) {
    await post(`invocation/${id}/error`, describe(error));
  }
}

/** The answer's headers go with its first byte, so the request waits for the content type until then. */
async function stream(id, event, context) {
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
