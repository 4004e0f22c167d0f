/**
 * What of an upstream's answer the agent gets: cleansed, searched, shaped for its revision. Does not own the decision on what was
 * found (actors/guards/data.ts), nor the turn that the answer takes.
 *
 * E1. Nothing of an answer is serialised for the agent before it was searched and decided on.
 * E2. A document stays what it was: the same members, and of the same type in structured content.
 * E3. What was withheld is told in words and in `_meta`, never with a value.
 */
import { judgeAnswer } from "../../actors/guards/data.ts";
import { noticeOf } from "../../actors/dlp/notice.ts";
import { isChange } from "../../actors/dlp/policy.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { AnswerFacts, AnswerScan, Outcome } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import { traits, type Revision } from "../../protocol/mcp/revision.ts";
import { addedMembers, shapeError, shapeResult, isObject, type JsonObject } from "../../protocol/mcp/shape.ts"; // prettier-ignore
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import { refusal } from "./answer.ts";
import { documentOf, restored, withoutMedia, type AnswerDocument } from "./answerdocument.ts";
import { cleanse } from "./cleanse.ts";
import type { Exchange, HttpForm } from "./exchange.ts";
import { answerFacts, type FactsKey } from "./facts.ts";
import type { Reply, RunningCall } from "./governedcall.ts";
import type { Provenance } from "./provenance.ts";
import type { Scan, Screening } from "./screening.ts";

const withheldMeta = "io.gatehouse/withheld";
/** The same of the arguments of the call, which its server got without what was withheld. */
const withheldArgumentsMeta = "io.gatehouse/withheld-arguments";

export interface Release {
  readonly facts: AnswerFacts;
  readonly reply: Reply;
}

export interface ReleasePorts {
  readonly factsKey: FactsKey;
  readonly screening: Screening;
  readonly provenance: Provenance;
  readonly server: { readonly name: string; readonly version: string };
}

/** An answer as it came, cleansed. */
interface Clean {
  readonly call: RunningCall;
  readonly tookMs: number;
  readonly outcome: Outcome;
  /** Of a JSON-RPC error; undefined of a result. */
  readonly code: number | undefined;
  readonly value: JsonObject;
}

export class Releaser {
  readonly #ports: ReleasePorts;

  constructor(ports: ReleasePorts) {
    this.#ports = ports;
  }

  /** A promise only where the answer is searched on a thread. @throws GatewayError UPSTREAM_GARBAGE */
  release(call: RunningCall, answer: UpstreamAnswer, tookMs: number): Release | Promise<Release> {
    const clean = this.#clean(call, answer, tookMs);
    const { policy } = call.screen.by;
    if (answer.concealed !== undefined) call.screen.echoed(answer.concealed);
    if (!policy.scans("answers"))
      return this.#seen(clean, this.#released(clean, JSON.stringify(clean.value), undefined), undefined);
    const text = JSON.stringify(clean.value);
    const document = documentOf(clean.value);
    const scan = this.#ports.screening.scan(call.exchange.caller.session, document.value, text.length, "answers", call.screen.by.persona); // prettier-ignore
    return scan instanceof Promise
      ? scan.then((each) => this.#seen(clean, this.#searched(clean, text, document, each), each))
      : this.#seen(clean, this.#searched(clean, text, document, scan), scan);
  }

  /** With what the ledger is to remember: of the answer as it came, so that a value is known also by its token. */
  #seen({ call, value }: Clean, { facts, reply }: Release, scan: Scan | undefined): Release {
    const content = facts.scan?.isBlocked === true ? undefined : value;
    return { facts: this.#ports.provenance.withSeen(facts, call, content, scan), reply };
  }

  #clean(call: RunningCall, answer: UpstreamAnswer, tookMs: number): Clean {
    const { caller, request } = call.exchange;
    if (answer.kind === "error") {
      const error = shapeError(caller.revision, request.method, answer.error);
      const data = error.data === undefined ? {} : { data: error.data };
      const value = cleanse({ message: error.message, ...data });
      return { call, tookMs, outcome: "rpc-error", code: error.code, value };
    }
    const value = cleanse(answer.result);
    // The bridge judged the type that it saw; another one may be a question that nobody judged (T9, T10).
    if (value["resultType"] !== answer.result["resultType"])
      throw new GatewayError("UPSTREAM_GARBAGE", "hidden characters conceal the type of its result");
    const outcome = request.method === "tools/call" && value["isError"] === true ? "tool-error" : "ok";
    return { call, tookMs, outcome, code: undefined, value };
  }

  #searched(clean: Clean, text: string, document: AnswerDocument, scan: Scan): Release {
    const { call } = clean;
    const { screening } = this.#ports;
    const { media, fault } = document;
    const screened = screening.read(scan, call.screen.by, { ...(media === 0 ? {} : { media }), fault });
    const { facts } = screened;
    if (facts === undefined) return this.#released(clean, text, undefined);
    const { tenant, policy } = call.screen.by;
    const { actions, refusal: why } = judgeAnswer(facts, { data: policy });
    const recorded: AnswerScan = { ...facts, actions, ...(why === undefined ? {} : { isBlocked: true }) };
    if (why !== undefined) {
      const { response, form } = refusal(call.subject, why);
      const reply = { text: JSON.stringify(response), form, isDropped: false };
      return { facts: this.#facts(clean, reply.text, recorded), reply };
    }
    const isChanged = actions.some(isChange);
    const isRefused = media > 0 && policy.table.media === "refuse";
    if (!isChanged && !isRefused) return this.#released(clean, text, recorded);
    const rewritten = isChanged ? restored(clean.value, document, screening.rewrite(screened, tenant, actions)) : clean.value; // prettier-ignore
    const value = isRefused ? withoutMedia(rewritten) : rewritten;
    const notice = noticeOf(facts.found ?? [], actions, "answers");
    const told = notice === undefined ? value : withNotice(clean, value, notice, withheldMeta, withheldOf(recorded)); // prettier-ignore
    return this.#released({ ...clean, value: told }, JSON.stringify(told), recorded);
  }

  #released(searched: Clean, searchedText: string, scan: AnswerScan | undefined): Release {
    const { told } = searched.call.screen;
    const clean = told === undefined ? searched : { ...searched, value: withNotice(searched, searched.value, told.says, withheldArgumentsMeta, told.rows) }; // prettier-ignore
    const text = clean === searched ? searchedText : JSON.stringify(clean.value);
    const { call, code, value } = clean;
    const { exchange, subject } = call;
    const facts = this.#facts(clean, text, scan);
    if (code === undefined)
      return { facts, reply: { text: this.#answerText(exchange, subject.op, value, text), form: undefined, isDropped: false } }; // prettier-ignore
    const { id } = exchange.request;
    const answer = JSON.stringify({ jsonrpc: "2.0", id, error: { code, ...value } });
    return {
      facts,
      reply: { text: answer, form: statusOf(exchange.caller.revision, code), isDropped: false },
    };
  }

  #facts({ call, outcome, tookMs }: Clean, text: string, scan: AnswerScan | undefined): AnswerFacts {
    const facts = answerFacts(this.#ports.factsKey, outcome, text, tookMs, undefined);
    const { side } = call.screen;
    if (scan === undefined && side === undefined) return facts;
    return { ...facts, ...(scan === undefined ? {} : { scan }), ...(side === undefined ? {} : { side }) };
  }

  /** The response as text. Most results only get members added in front, so what was serialised for the facts serves. */
  #answerText({ caller, request }: Exchange, op: OperationId, clean: JsonObject, text: string): string {
    const head = `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)},"result":`;
    const { revision } = caller;
    const added = addedMembers(revision, request.method, clean, this.#ports.server);
    if (added === undefined) {
      const shaped = shapeResult(revision, request.method, withOperation(clean, op), this.#ports.server);
      return `${head}${JSON.stringify(shaped)}}`;
    }
    const front = JSON.stringify(withOperation(added, op));
    return text === "{}" ? `${head}${front}}` : `${head}${front.slice(0, -1)},${text.slice(1)}}`;
  }
}

function withheldOf({ found = [], actions }: AnswerScan): readonly object[] {
  return found.flatMap(({ type, count, path }, at) => {
    const action = actions[at];
    return action === "detect" || action === "allow" ? [] : [{ type, count, path, action }];
  });
}

/** In words where a model reads it, and as rows in `_meta`. */
function withNotice(
  { call, code }: Clean,
  value: JsonObject,
  notice: string,
  name: string,
  rows: readonly object[],
): JsonObject {
  if (code !== undefined) return { ...value, message: `${String(value["message"])} (${notice})` };
  const own = isObject(value["_meta"]) ? value["_meta"] : {};
  const told = { ...value, _meta: { ...own, [name]: rows } };
  const { content } = value;
  if (call.exchange.request.method !== "tools/call" || !Array.isArray(content)) return told;
  return { ...told, content: [...(content as unknown[]), { type: "text", text: notice }] };
}

/** Errors of 2026-07-28 that have an HTTP status of their own (Streamable HTTP, "Error responses"). */
function statusOf(revision: Revision, code: number): HttpForm | undefined {
  return traits[revision].era === "modern" && code === rpcCodes.missingRequiredClientCapability
    ? { status: 400 }
    : undefined;
}

function withOperation(result: JsonObject, op: OperationId): JsonObject {
  const own = isObject(result["_meta"]) ? result["_meta"] : undefined;
  return { ...result, _meta: { ...own, "io.gatehouse/operation": op } };
}
