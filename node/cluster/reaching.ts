/**
 * What reaches a server and is no call of a granted name, in a cluster: lists and streams of changes (exchange/reach.ts).
 * Its turn is taken like a call's, by the owner that it is asked at; what comes of it stays at that node.
 */
import type { OperationId } from "../../protocol/id.ts";
import type { GatewayError } from "../../protocol/errors.ts";
import type { Judgement } from "../exchange/governor.ts";
import type { Asking, Conducted } from "../exchange/reach.ts";
import type { PreparedCall } from "../exchange/governedcall.ts";
import { ClusterCall } from "./clustercall.ts";
import { RemoteExchange } from "./remoteexchange.ts";

/** A call of the cluster's that stands for it: from its turn to the end of what it was for. */
export class ReachCall extends ClusterCall {
  readonly asking: Asking;
  readonly #settled = Promise.withResolvers<Conducted>();

  constructor(asking: Asking) {
    const { caller, method } = asking;
    super(new RemoteExchange(caller, { jsonrpc: "2.0", id: 0, method }, false));
    this.asking = asking;
  }

  /** Once its turn has refused it, or it may be run. */
  get conducted(): Promise<Conducted> {
    return this.#settled.promise;
  }

  /** It names no grant, and is never run as a call. */
  prepare(op: OperationId): PreparedCall {
    const { caller, role, facts } = this.asking;
    const { kind, name } = facts;
    const target = { kind: "resource", name, args: undefined } as const;
    const subject = { id: 0, revision: caller.revision, kind, name, op };
    return { exchange: this.exchange, target, subject, role, facts, screened: undefined };
  }

  settle(judged: Judgement, fallen: Conducted["fallen"], end: Conducted["end"]): void {
    this.#settled.resolve({ judged, fallen, end });
  }

  /** It did not come to be. */
  fail(error: GatewayError): void {
    this.#settled.reject(error);
  }
}
