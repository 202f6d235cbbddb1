/** The parent's end of the load process. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Job, Result } from "./job.ts";
import type { LoadAnswer } from "./worker.ts";

export class LoadProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, "worker.ts"), [], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });

  run(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("the load process died"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer: LoadAnswer) => {
        this.#child.off("exit", onExit);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.result);
      });
      this.#child.send(job);
    });
  }

  stop(): void {
    this.#child.kill();
  }
}
