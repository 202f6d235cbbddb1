/** Owns the calls of the operator's programs: they go to the operator's doors of a server, with its secret. */

export interface OperatorDoor {
  /** The server's address. */
  readonly url: string;
  /** Its OPERATOR_SECRET; without one every call is refused. */
  readonly secret: string | undefined;
  /** The last part of the door's path. */
  readonly door: "reports" | "dead-letters";
}

/** Resolves to the answer; rejects with what to tell the operator. */
export async function askOperatorDoor<T>({ url, secret, door }: OperatorDoor, call: object): Promise<T> {
  const response = await fetch(`${url.replace(/\/+$/, "")}/v1/operator/${door}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${secret ?? ""}` },
    body: JSON.stringify(call),
  });
  const text = await response.text();
  if (response.status === 404) throw new Error("There is no operator's door, or OPERATOR_SECRET is not the server's.");
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 500)}`);
  const answer: T = JSON.parse(text);
  return answer;
}
