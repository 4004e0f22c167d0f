import { expect, test } from "vitest";
import { errors } from "../../protocol/errors.ts";
import { operationId } from "../../protocol/id.ts";
import { refusal } from "./answer.ts";

function throttled(says: string | undefined): ReturnType<typeof refusal> {
  const op = operationId("abcdefghijklmnopqrstuv");
  if (op === undefined) throw new Error("no operation");
  const subject = { id: 7, revision: "2025-06-18", kind: "tool", name: "read_file", op } as const;
  return refusal(subject, { kind: "throttle", rule: "sequence.invented", waitMs: 9_100, until: 1, ...(says === undefined ? {} : { says }) }); // prettier-ignore
}

test("an agent that is slowed down for what it does is told what, when to ask again, and by which rule", () => {
  const { response, form } = throttled("Use what was listed.");
  expect(response).toMatchObject({
    error: {
      code: errors.THROTTLED.rpc,
      message: `${errors.THROTTLED.says}: Use what was listed.`,
      data: { code: "sequence.invented", retryAfterMs: 9_100 },
    },
  });
  expect(form).toEqual({ status: 429, headers: { "retry-after": "10" } });
});

test("where waiting is all, nothing more is said", () => {
  expect(throttled(undefined).response).toMatchObject({ error: { message: errors.THROTTLED.says } });
});
