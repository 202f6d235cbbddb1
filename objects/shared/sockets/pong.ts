/** Owns the answer to `ping`, which the runtime gives while the object sleeps. */
export class Pong {
  readonly #ctx: DurableObjectState;
  #text = "pong:0";
  #isPaused = false;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** The answer to a `ping` that comes to the object. */
  get text(): string {
    return this.#text;
  }

  set(text: string): void {
    this.#text = text;
    if (!this.#isPaused) this.#answerAsleep();
  }

  /** The runtime stops answering, so every `ping` comes to the object. */
  pause(): void {
    this.#isPaused = true;
    this.#ctx.setWebSocketAutoResponse();
  }

  resume(): void {
    this.#isPaused = false;
    this.#answerAsleep();
  }

  #answerAsleep(): void {
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", this.#text));
  }
}
