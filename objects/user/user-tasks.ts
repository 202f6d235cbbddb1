/** Owns the list of the kinds of things that other objects have still to learn from a user's object, and why. */
import type { TaskList } from "../shared/tasks/task-list.ts";

export type TaskKind =
  /** A device was signed out: a conversation closes its live sockets. The subject is "device conversation". */
  | "deviceRevoked"
  /** The other person's object knows whether this user has them in their contacts. */
  | "contact"
  /** The directory has the present profile, and who may bring this user; the subject is empty. */
  | "profile"
  /** A handle that was given up is free for others. */
  | "releaseHandle"
  /** A conversation keeps the present copy of this user. */
  | "personChanged"
  /** A conversation treats this user as a member who has accepted it. */
  | "requestEnded"
  /** This account was erased: a conversation erases what this user wrote there. */
  | "eraseFrom"
  /** Conversations are asked whether a device still has live sockets there. */
  | "liveDevices";

export type UserTasks = TaskList<TaskKind>;
