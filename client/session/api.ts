/** Owns calls in the name of one account: each carries a valid access token, and one that was refused is replaced once. */
import type { Route } from "../../schema/http/route.ts";
import { abortable } from "../abortable.ts";
import { ParleyError } from "../errors.ts";
import type { Ask, CallOptions, CallWithBody, CallWithoutBody, Http } from "../link/http.ts";
import type { Session } from "./session.ts";

export class Api {
  readonly http: Http;
  readonly #session: Session;

  /** Called after each call that succeeded. */
  readonly #onAnswered: () => void;

  constructor(http: Http, session: Session, onAnswered: () => void = () => undefined) {
    this.http = http;
    this.#session = session;
    this.#onAnswered = onAnswered;
  }

  async call<const R extends Route, T>(route: R & CallWithBody<T>, ask: Ask<R>, options: CallOptions = {}): Promise<T> {
    const called = this.#authorized(async (token) => await this.http.call(route, ask, { ...options, token }));
    return await abortable(called, options.signal);
  }

  async open(...[route, params, options]: Parameters<Http["open"]>): Promise<Response> {
    return await this.#authorized(async (token) => await this.http.open(route, params, { ...options, token }));
  }

  async sendBytes<const R extends Route>(
    route: R & CallWithoutBody,
    ask: Ask<R>,
    blob: Blob,
    options: CallOptions & { readonly onSent: (bytes: number) => void },
  ): Promise<void> {
    await this.#authorized(async (token) => await this.http.sendBytes(route, ask, blob, { ...options, token }));
  }

  async run<const R extends Route>(route: R & CallWithoutBody, ask: Ask<R>, options: CallOptions = {}): Promise<void> {
    await this.#authorized(async (token) => await this.http.run(route, ask, { ...options, token }));
  }

  async #authorized<T>(call: (token: string) => Promise<T>): Promise<T> {
    const token = await this.#session.token();
    const result = await call(token).catch(async (error: unknown) => {
      if (!(error instanceof ParleyError) || error.retry !== "reauth") throw error;
      return await call(await this.#session.replace(token));
    });
    this.#onAnswered();
    return result;
  }
}
