/** Decides what the answer of a push service means for a push, and for the subscription. */

/**
 * `sent`: the service has it. `gone`: the subscription is over. `later`: to be tried again. `refused`: it would be refused again. `key`: another key of this
 * server may be accepted. `size`: a shorter payload may be accepted.
 */
export type Verdict = "sent" | "gone" | "later" | "refused" | "key" | "size";

/** Of a Web Push service, by RFC 8030 and RFC 8292. Redirects are not followed, so they count as refusals. */
export function judgeWebPush(status: number): Verdict {
  if (status >= 200 && status < 300) return "sent";
  if (status === 404 || status === 410) return "gone";
  if (status === 401 || status === 403) return "key";
  if (status === 413) return "size";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "later" : "refused";
}

/** What FCM says of an error, as far as it could be read. `code`: of FCM itself. `fields`: those of the request that it did not accept. `message`: in words. */
export type FcmFault = { status: number; code: string | null; fields: readonly string[]; message: string };

/**
 * Of FCM's HTTP v1 API. Only an answer that names the token ends a subscription: a 404 or 403 alone may mean that the project is set up wrongly, and
 * that must not sign off everybody's devices.
 */
export function judgeFcm({ status, code, fields, message }: FcmFault): Verdict {
  if (status >= 200 && status < 300) return "sent";
  switch (code) {
    case "UNREGISTERED":
      return "gone";
    case "INVALID_ARGUMENT":
      // The code says the same of a token that is none, of a message that is too big, and of any other fault of the request.
      if (fields.includes("message.token") || /registration token/i.test(message)) return "gone";
      return fields.length === 0 ? "size" : "refused";
    case "SENDER_ID_MISMATCH":
    case "THIRD_PARTY_AUTH_ERROR":
      return "refused";
    case "QUOTA_EXCEEDED":
    case "UNAVAILABLE":
    case "INTERNAL":
      return "later";
    default:
      break;
  }
  if (status === 401) return "key";
  // FCM has no status of its own for a message that is too big, and names no field either.
  if (status === 413 || (status === 400 && fields.length === 0)) return "size";
  return status === 408 || status === 429 || status >= 500 ? "later" : "refused";
}
