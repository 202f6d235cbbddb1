/** A bare queue whose consumer only fetches: the least that a push can take. */

export interface PushEnv {
  readonly PUSHES: Queue<string>;
}

const batchMax = 100;
const fetchesMax = 4;

/** `POST …?url=…&count=N` puts N addresses into the queue. */
export async function fill(request: Request, env: PushEnv): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const [url, count] = [query.get("url") ?? "", Number(query.get("count"))];
  for (let sent = 0; sent < count; sent += batchMax) {
    const size = Math.min(batchMax, count - sent);
    await env.PUSHES.sendBatch(Array.from({ length: size }, () => ({ body: url })));
  }
  return new Response(null, { status: 204 });
}

/** As many requests at once as Parley's consumer makes to one service. */
export async function consume(batch: MessageBatch<string>): Promise<void> {
  const waiting = [...batch.messages];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const response = await fetch(next.body, { method: "POST", body: "x" });
      await response.body?.cancel();
      next.ack();
    }
  };
  await Promise.all(Array.from({ length: fetchesMax }, work));
}
