/**
 * Tells a program of the operator's own that a call waits for a person. Owns the message and how often it is tried. It
 * decides nothing: whether it gets through, fails or is slow changes no verdict.
 *
 * 1. What it says names who asks for what and why, and holds no argument and no value.
 * 2. Each message bears a signature as those of recognisers do: `X-Gatehouse-Signature: v1=HEX`, HMAC-SHA256 over
 *    `TIME.BODY`, TIME as in `X-Gatehouse-Time`. A program tells doubles by `id`: it may come more than once.
 * 3. Bounded: so many wait at once, each is tried so often, each try has its time. What is given up is told, not kept.
 */
import { createHmac } from "node:crypto";
import { resolve } from "node:path";
import type { Approval } from "../../actors/guards/stepup.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { readSessionKey, type SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { rules } from "../../protocol/verdict.ts";
import type { Configuration, Environment } from "../config.ts";
import type { Governor } from "../exchange/governor.ts";
import type { Waiting } from "../exchange/waiting.ts";
import type { Dialer, DialPolicy, Line } from "../upstream/dialer.ts";
import { readPem } from "../vault/listenerkey.ts";
import { readSecret, reveal, type Secret } from "../vault/secret.ts";

export interface ApprovalHookPorts {
  readonly dialer: Pick<Dialer, "open">;
  readonly policy: DialPolicy;
  readonly node: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly notice: (text: string) => void;
}

export class ApprovalHook {
  readonly #ports: ApprovalHookPorts;
  readonly #line: Line;
  readonly #sign: (time: string, body: string) => string;
  #open = 0;

  /** @throws GatewayError CONFIGURATION, UPSTREAM_REFUSED_ADDRESS */
  constructor(url: string, secret: Secret, ports: ApprovalHookPorts) {
    this.#ports = ports;
    this.#line = ports.dialer.open(url, { ...ports.policy, connectionsMax: limits.approvalHookConnectionsMax }); // prettier-ignore
    const sign = (time: string, body: string): string =>
      createHmac("sha256", reveal(secret)).update(`${time}.${body}`, "utf8").digest("hex");
    this.#sign = sign;
  }

  /** Never throws, and is never waited for. */
  asked(session: SessionKey, approval: Approval): void {
    if (this.#open >= limits.approvalHookWaitingMax)
      return this.#ports.notice(`the approvals webhook is behind: approval ${approval.id} was not told`);
    this.#open++;
    void this.#tell(messageOf(this.#ports.node, session, approval))
      .catch((fault: unknown) =>
        this.#ports.notice(
          `the approvals webhook was not told of approval ${approval.id}: ${fault instanceof Error ? fault.message : "unknown"}`,
        ),
      ) // prettier-ignore
      .finally(() => this.#open--);
  }

  async #tell(body: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(body);
      } catch (fault) {
        if (attempt >= limits.approvalHookAttempts) throw fault;
      }
      await new Promise<void>((resolve) => setTimeout(resolve, limits.approvalHookAgainMs * 4 ** (attempt - 1)).unref()); // prettier-ignore
    }
  }

  #post(body: string): Promise<void> {
    const time = String(Math.floor(this.#ports.now() / 1000));
    const headers = ["content-type", "application/json", "x-gatehouse-time", time, "x-gatehouse-signature", `v1=${this.#sign(time, body)}`]; // prettier-ignore
    return new Promise<void>((resolve, reject) => {
      const failed = (says: string): GatewayError => new GatewayError("UPSTREAM_UNREACHABLE", says);
      const timer = setTimeout(() => sending.stop(failed("it did not answer in time")), limits.approvalHookMs); // prettier-ignore
      let bytes = 0;
      const sending = this.#line.send(
        { method: "POST", headers, body },
        {
          head(status) {
            if (status < 200 || status > 299) throw failed(`it answered with HTTP ${status}`);
            // It knows, whatever else it has to say and however long that takes.
            resolve();
          },
          // Not read. A few bytes keep the socket for the next message.
          data(chunk) {
            bytes += chunk.length;
            if (bytes > limits.approvalHookAnswerBytesMax) throw failed("its answer is too long");
          },
          end() {
            clearTimeout(timer);
          },
          fail(error) {
            clearTimeout(timer);
            reject(error);
          },
        },
      );
    });
  }
}

/** What is sent: docs/approvals.md, webhook. */
export function messageOf(node: string, session: SessionKey, approval: Approval): string {
  const { id, kind, name, server, rules: asked, askedAt, until } = approval;
  const { tenant, persona, agent, user } = readSessionKey(session) ?? {};
  const why = asked.map((rule) => ({ rule, says: rules[rule] }));
  return JSON.stringify({ version: 1, event: "approval.asked", id, node, tenant, persona, agent, user, call: { kind, name, server }, why, askedAt, until }); // prettier-ignore
}

/** Whoever must hear when a call begins to wait for a person, and when one has decided. */
export function followApprovals(
  governor: Pick<Governor, "onApproval">,
  waiting: Waiting,
  { settings, folder }: Pick<Configuration, "settings" | "folder">,
  env: Environment,
  { dialer, clock, lines }: { readonly dialer: Dialer; readonly clock: { now(): number }; readonly lines: { notice(text: string): void } }, // prettier-ignore
): void {
  const { webhook } = settings.approvals;
  let hook: ApprovalHook | undefined;
  if (webhook !== undefined) {
    const authorities = webhook.ca === undefined ? {} : { authorities: readPem("approvals.webhook.ca", resolve(folder, webhook.ca), false) }; // prettier-ignore
    const policy = { private: webhook.private, ...authorities };
    const ports = { dialer, policy, node: settings.node, now: () => clock.now(), notice: (text: string) => lines.notice(text) }; // prettier-ignore
    hook = new ApprovalHook(webhook.url, readSecret(webhook.secret, { env, folder }), ports);
  }
  governor.onApproval = (session, what, approval) => {
    if (what === "asked") hook?.asked(session, approval);
    // Once the decision is in its record: whoever waits takes a turn of its own.
    else setImmediate(() => waiting.wake(session));
  };
}
