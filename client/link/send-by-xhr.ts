/**
 * Owns calls with a body of bytes in browsers: by XMLHttpRequest, because `fetch` does not tell how much of a body is sent. A body of which nothing is sent
 * for a while is given up, so that an upload on a dead link is tried again soon.
 */
import type { SendBytes } from "./http.ts";

/** Nothing of a body was sent for so long, or no answer came after all of it was. */
const silenceMsMax = 30_000;

/** Undefined where there is no XMLHttpRequest, as in service workers and in Node. */
export function xhrSender(): SendBytes | undefined {
  return typeof XMLHttpRequest === "function" ? sendByXhr : undefined;
}

const sendByXhr: SendBytes = (url, { method = "PUT", headers, body, signal }, onSent) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let silence = setTimeout(abort, silenceMsMax);
    const end = () => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", abort);
    };
    const fail = () => {
      end();
      reject(new TypeError("the bytes could not be sent"));
    };
    request.open(method, url);
    new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.addEventListener("progress", ({ loaded }) => {
      clearTimeout(silence);
      silence = setTimeout(abort, silenceMsMax);
      onSent(loaded);
    });
    request.addEventListener("load", () => {
      end();
      const date = request.getResponseHeader("date");
      const hasBody = request.status !== 204 && request.status !== 304;
      resolve(
        new Response(hasBody ? request.responseText : null, {
          status: request.status,
          headers: date === null ? {} : { date },
        }),
      );
    });
    request.addEventListener("error", fail);
    request.addEventListener("abort", fail);
    if (signal?.aborted === true) return fail();
    signal?.addEventListener("abort", abort);
    request.send(body);
  });
