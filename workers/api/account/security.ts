/** Serves passkeys, the second factor and recovery codes. */
import { randomBytes } from "node:crypto";
import type { OwnerProof } from "../../../objects/contract/account/security.ts";
import type { Actor } from "../../../objects/contract/actor.ts";
import { answerProblem } from "../../../objects/shared/platform/answers.ts";
import type { Env } from "../../../objects/shared/platform/env.ts";
import { isMinted } from "../../../objects/shared/identity/mint.ts";
import { askAnybody } from "../../../objects/user/security/passkeys.ts";
import { done, type Outcome, refuse } from "../../../schema/errors.ts";
import * as declared from "../../../schema/http/account/passkeys.ts";
import { userId, type UserId } from "../../../schema/ids.ts";
import type { PasskeyAnswer } from "../../../schema/security/passkey.ts";
import { answer, answerDone } from "../../answer.ts";
import { type Api, mount } from "../../mount.ts";
import { askSecurity, ownerProof } from "../../security/ask.ts";
import { relyingPartyOf } from "../../security/relying-party.ts";
import { deviceOf, wrongAnswerMs } from "./sessions.ts";

const unknown = refuse("unauthenticated", "no such passkey");

export function serveSecurity(api: Api): void {
  mount(api, declared.askPasskey, ({ env, request }) =>
    answer(done(askAnybody(env.TOKEN_SECRET, relyingPartyOf(env, request).rpId))),
  );

  mount(api, declared.signInByPasskey, async ({ env, request, body }) => {
    const notBefore = scheduler.wait(wrongAnswerMs);
    const { passkey, deviceSecret } = body;
    const owner = ownerOf(env, passkey);
    const session =
      owner === null
        ? unknown
        : await askSecurity(env, owner, {
            do: "enter",
            attemptId: randomBytes(16).toString("base64url"),
            passkey,
            relyingParty: relyingPartyOf(env, request),
            device: deviceOf(body),
            deviceSecret,
          });
    if (session.ok) return answer(session, 201);
    await notBefore;
    return answerProblem(session.refusal);
  });

  mount(api, declared.getSecurity, async ({ env, actor }) =>
    answer(await askSecurity(env, actor.userId, { do: "show" })),
  );

  mount(api, declared.beginPasskey, async ({ env, request, actor, body }) =>
    answer(
      await asOwner({ env, request, actor, body }, (proof) =>
        askSecurity(env, actor.userId, { do: "begin passkey", by: actor.deviceId, proof }),
      ),
    ),
  );

  mount(api, declared.addPasskey, async ({ env, request, actor, body: { name, passkey } }) => {
    const asked = {
      do: "add passkey",
      by: actor.deviceId,
      name,
      passkey,
      relyingParty: relyingPartyOf(env, request),
    } as const;
    return answer(await askSecurity(env, actor.userId, asked), 201);
  });

  mount(api, declared.removePasskey, async ({ env, actor, params }) =>
    answerDone(await askSecurity(env, actor.userId, { do: "remove passkey", id: params.passkeyId })),
  );

  mount(api, declared.putSecondFactor, async ({ env, request, actor, body }) =>
    answerDone(
      await asOwner({ env, request, actor, body }, (proof) =>
        askSecurity(env, actor.userId, { do: "set second factor", by: actor.deviceId, isOn: body.on, proof }),
      ),
    ),
  );

  mount(api, declared.makeRecoveryCodes, async ({ env, request, actor, body }) =>
    answer(
      await asOwner({ env, request, actor, body }, (proof) =>
        askSecurity(env, actor.userId, { do: "make recovery codes", by: actor.deviceId, proof }),
      ),
      201,
    ),
  );
}

/** Whose passkey it says it is. An id that this server never made is nobody's, and makes no object. */
function ownerOf(env: Env, { response: { userHandle } }: PasskeyAnswer): UserId | null {
  const said = userId.safeParse(Buffer.from(userHandle ?? "", "base64url").toString("utf8"));
  return said.success && isMinted(env.ID_SECRET, said.data, "user") ? said.data : null;
}

async function asOwner<T>(
  call: { env: Env; request: Request; actor: Actor; body: Parameters<typeof ownerProof>[3] },
  act: (proof: OwnerProof) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const proof = await ownerProof(call.env, call.request, call.actor, call.body);
  return proof.ok ? await act(proof.value) : proof;
}
