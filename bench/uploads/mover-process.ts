/** The parent's end of the process that moves files. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { MoveAnswer, MoveJob, Moved } from "./job.ts";

export class MoverProcess {
  #child: ChildProcess = start();

  run(job: MoveJob): Promise<Moved> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("the process that moves files died"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer: MoveAnswer) => {
        this.#child.off("exit", onExit);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer);
      });
      this.#child.send(job);
    });
  }

  /** Cuts off what is under way. The next job has a process of its own. */
  cut(): void {
    this.#child.removeAllListeners();
    this.#child.kill("SIGKILL");
    this.#child = start();
  }

  stop(): void {
    this.#child.removeAllListeners();
    this.#child.kill();
  }
}

function start(): ChildProcess {
  return fork(join(import.meta.dirname, "mover.ts"), [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}
