/** Existing DLP over ICAP as a recogniser: one service for requests, one for responses, or either. */
import { GatewayError } from "../../../protocol/errors.ts";
import { openBytes } from "../../upstream/byteline.ts";
import type { DialPolicy } from "../../upstream/dialer.ts";
import { clean } from "../external/recogniser.ts";
import type { Direction, Opinion, Question, Recogniser } from "../external/recogniser.ts";
import type { IcapTarget } from "./request.ts";
import { IcapService } from "./service.ts";

const portUsual = 1344;
const portUsualOfTls = 11_344;

export interface IcapUrls {
  readonly request?: string | undefined;
  readonly response?: string | undefined;
}

/** @throws GatewayError CONFIGURATION */
export function readIcapUrl(text: string): IcapTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "icap:" && url.protocol !== "icaps:") || url.hostname === "")
    throw new GatewayError("CONFIGURATION", "an ICAP service's URL is written icap://host/service or icaps://host/service"); // prettier-ignore
  if (url.username !== "" || url.password !== "" || url.hash !== "" || !/^[\x21-\x7e]+$/.test(url.href))
    throw new GatewayError("CONFIGURATION", "an ICAP service's URL has no user, password or fragment");
  const isTls = url.protocol === "icaps:";
  const port = url.port === "" ? (isTls ? portUsualOfTls : portUsual) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, isTls, url: url.href };
}

export class IcapRecogniser implements Recogniser {
  readonly directions: readonly Direction[];
  readonly #services: Readonly<Partial<Record<Direction, IcapService>>>;

  /** Nothing is connected before the first question. @throws GatewayError CONFIGURATION */
  constructor(urls: IcapUrls, policy: Pick<DialPolicy, "private" | "authorities">) {
    const services: Partial<Record<Direction, IcapService>> = {};
    for (const direction of ["request", "response"] as const) {
      const text = urls[direction];
      if (text === undefined) continue;
      const target = readIcapUrl(text);
      services[direction] = new IcapService(target, direction, () => openBytes(target, policy));
    }
    this.#services = services;
    this.directions = Object.keys(services) as Direction[];
  }

  async examine({ text, direction, deadlineMs }: Question): Promise<Opinion> {
    return (await this.#services[direction]?.examine(text, deadlineMs)) ?? clean;
  }

  async probe(deadlineMs: number): Promise<Readonly<Record<string, string>>> {
    const said: Record<string, string> = {};
    for (const direction of this.directions) {
      const options = await this.#services[direction]?.options(deadlineMs);
      if (options === undefined) continue;
      const { service, preview, allows204, connectionsMax, istag } = options;
      said[direction] = `${service || "unnamed"}; preview ${preview ?? "none"}, 204 ${allows204 ? "yes" : "no"}, ${connectionsMax} connections, ISTag ${istag === "" ? "none" : "yes"}`; // prettier-ignore
    }
    return said;
  }

  /** For tests and figures. */
  counts(direction: Direction): IcapService["counts"] | undefined {
    return this.#services[direction]?.counts;
  }

  async close(): Promise<void> {
    for (const service of Object.values(this.#services)) service.close();
    await Promise.resolve();
  }
}
