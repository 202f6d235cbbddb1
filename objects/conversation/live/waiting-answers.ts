/** Owns the answers to frames of live sockets until the turn ends. Then they go out, in the same frames as what the turn broadcasts. */
export class WaitingAnswers {
  readonly #answers = new Map<WebSocket, string[]>();

  add(socket: WebSocket, text: string): void {
    const waiting = this.#answers.get(socket);
    if (waiting === undefined) this.#answers.set(socket, [text]);
    else waiting.push(text);
  }

  /** The answers that wait, taken once. */
  take(): ReadonlyMap<WebSocket, string[]> {
    const answers = new Map(this.#answers);
    this.#answers.clear();
    return answers;
  }
}
