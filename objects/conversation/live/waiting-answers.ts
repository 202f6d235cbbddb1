/** Owns the answers to frames of live sockets until the turn ends. Then they go out, in the same frames as what the turn broadcasts. */
export class WaitingAnswers {
  #answers = new Map<WebSocket, string[]>();

  add(socket: WebSocket, text: string): void {
    const waiting = this.#answers.get(socket);
    if (waiting === undefined) this.#answers.set(socket, [text]);
    else waiting.push(text);
  }

  /** The answers that wait, taken once. */
  take(): ReadonlyMap<WebSocket, string[]> {
    const answers = this.#answers;
    if (answers.size > 0) this.#answers = new Map();
    return answers;
  }
}
