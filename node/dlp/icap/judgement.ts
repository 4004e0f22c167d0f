/**
 * What an ICAP answer means for the document. Pure.
 *
 * J1. Only 204, or 200 with the very message that was sent, is clean. 200 by itself says nothing: servers answer 200 with
 *     a page that tells of the block, or with a changed body.
 * J2. A header that tells of an infection or a violation is a block, also when the rest of the answer is broken.
 * J3. What is neither clean nor a block is a fault: the caller's policy decides, and it fails closed.
 */
import { IcapFault } from "./reader.ts";
import type { IcapAnswer, IcapHead } from "./reader.ts";
import { requestLine, responseStatus } from "./request.ts";
import type { Shown } from "./request.ts";

/** Undefined is clean. `says` is for operators: our words, and a name that the server gave, cleansed. */
export type Judgement = { readonly says: string } | undefined;

/** Headers by which servers tell of what they found (draft-stecher-icap-subid and what c-icap, Symantec and others send). */
const blockHeaders = ["x-infection-found", "x-virus-id", "x-violations-found", "x-block-reason", "x-blocked"];
const nameCharsMax = 120;

/** A block that the head alone tells of. */
export function judgeHead({ status, headers }: IcapHead): Judgement {
  for (const name of blockHeaders) {
    const value = headers.get(name);
    if (value === undefined || /^(?:0|no|none|false|)$/i.test(value)) continue;
    return { says: `${name}: ${value.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, nameCharsMax)}` };
  }
  return status === 403 ? { says: "it refused with ICAP 403" } : undefined;
}

/**
 * @param allows204 whether 204 was an answer to what was asked
 * @throws IcapFault
 */
export function judge(answer: IcapAnswer, shown: Shown, allows204: boolean): Judgement {
  const told = judgeHead(answer);
  if (told !== undefined) return told;
  if (answer.status === 204) {
    if (!allows204) throw new IcapFault("it says 204, which it was not offered");
    return undefined;
  }
  if (answer.status !== 200) throw new IcapFault(`it answered with ICAP ${answer.status}`);
  if (!answer.headers.has("encapsulated")) throw new IcapFault("it says 200 without a message in it");
  return judgeMessage(answer, shown);
}

function judgeMessage({ request, response, body, isCut }: IcapAnswer, shown: Shown): Judgement {
  if (shown.direction === "request") {
    if (response !== undefined) return { says: "it answered the request with a page of its own" };
    if (request === undefined) throw new IcapFault("it says 200 and has no HTTP head");
    if (request !== requestLine) return { says: "it sent the request elsewhere" };
  } else {
    if (response === undefined) throw new IcapFault("it says 200 and has no HTTP head");
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(response)?.[1];
    if (status === undefined) throw new IcapFault("the head in its answer is no HTTP status line");
    if (Number(status) !== responseStatus)
      return { says: `it put HTTP ${status} in the place of the answer` };
  }
  const same = !isCut && (body ?? Buffer.alloc(0)).equals(shown.body);
  return same ? undefined : { says: "it changed the body" };
}
