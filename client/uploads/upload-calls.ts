/** Owns the calls of uploads, in one conversation or for the user's own picture. */
import type { z } from "zod";
import type { Attachment } from "../../schema/wire/attachment.ts";
import {
  completeUpload,
  type completionDraft,
  createOwnUpload,
  createUpload,
  deleteUpload,
  getUpload,
  putUploadPart,
} from "../../schema/http/uploads.ts";
import { ParleyError } from "../errors.ts";
import type { Api } from "../session/api.ts";

/** Completing joins the parts, and forwarding copies the file: both take a while for large ones. */
const joinMsMax = 75_000;
/** A part at 16 KiB a second. Where the platform says how far a body is sent, a silence ends it much sooner. */
const partMsMax = 540_000;

export interface Begun {
  readonly id: string;
  readonly partBytes: number;
  /** The parts that the server has. */
  readonly received: readonly number[];
}

/** What is said of a file when its upload is completed. */
export type Said = z.input<typeof completionDraft>;

export interface FileFacts {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

export interface PutOptions {
  readonly signal: AbortSignal;
  /** How many bytes of the part were given to the network. Not every platform says it. */
  readonly onSent: (bytes: number) => void;
}

/** What a server answers about uploads. Errors are those of the calls. */
export interface UploadDoor {
  begin(file: FileFacts, signal: AbortSignal): Promise<Begun>;
  /** Which parts of an upload the server has. */
  look(id: string, signal: AbortSignal): Promise<Begun>;
  put(id: string, n: number, bytes: Blob, options: PutOptions): Promise<void>;
  complete(id: string, facts: Said, signal: AbortSignal): Promise<Attachment>;
  end(id: string): Promise<void>;
  forward(from: string, signal: AbortSignal): Promise<Attachment>;
}

/** `conversationId` null: the user's own picture. */
export function uploadDoor(api: Api, conversationId: string | null): UploadDoor {
  const begin = async (body: FileFacts, signal: AbortSignal) => {
    if (conversationId === null) return await api.call(createOwnUpload, { body }, { signal });
    const answer = await api.call(createUpload, { params: { conversationId }, body }, { signal });
    if ("uploadId" in answer) return answer;
    throw unexpected("an attachment, and not an upload");
  };
  return {
    begin: async (file, signal) => {
      const { uploadId: id, partBytes } = await begin(file, signal);
      return { id, partBytes, received: [] };
    },
    look: async (id, signal) => ({ id, ...(await api.call(getUpload, { params: { uploadId: id } }, { signal })) }),
    put: async (id, n, bytes, { signal, onSent }) => {
      const params = { uploadId: id, n };
      await api.sendBytes(putUploadPart, { params }, bytes, { signal, onSent, timeoutMs: partMsMax });
    },
    complete: async (id, facts, signal) =>
      await api.call(completeUpload, { params: { uploadId: id }, body: facts }, { signal, timeoutMs: joinMsMax }),
    end: async (id) => await api.run(deleteUpload, { params: { uploadId: id } }),
    forward: async (from, signal) => {
      const params = { conversationId: conversationId ?? "" };
      const answer = await api.call(createUpload, { params, body: { from } }, { signal, timeoutMs: joinMsMax });
      if ("sha256" in answer) return answer;
      throw unexpected("an upload, and not an attachment");
    },
  };
}

function unexpected(what: string): ParleyError {
  return new ParleyError({ code: "internal", detail: `the server answered ${what}`, retry: "later" });
}
