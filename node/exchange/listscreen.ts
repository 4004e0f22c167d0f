/**
 * Lists and instructions on their way to an agent: what a server wrote there is searched like an answer. Does not own lists
 * (lists.ts), nor the decision.
 *
 * M1. Names, URIs and names of members stay: they are what calls are made by. An item whose URI would have to be changed is left out.
 * M2. What would be blocked in an answer is removed here: a list agrees with the calls that it tells of (law 3).
 * M3. A pinned definition is searched once for each set of rules.
 */
import { isChange } from "../../actors/dlp/policy.ts";
import type { DataPolicy } from "../../actors/dlp/policy.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import { judgeAnswer } from "../../actors/guards/data.ts";
import type { DataAction } from "../../protocol/datarules.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { charsOf, type Scan, type Screener, type Screening } from "./screening.ts";

export class ListScreen {
  readonly #screening: Screening;
  readonly #known = new WeakMap<JsonObject, Map<DataPolicy, JsonObject>>();

  constructor(screening: Screening) {
    this.#screening = screening;
  }

  /** A pinned definition, or instructions. */
  pinned(item: JsonObject, by: Screener): JsonObject {
    if (!by.policy.scans("answers")) return item;
    const known = this.#known.get(item) ?? new Map<DataPolicy, JsonObject>();
    this.#known.set(item, known);
    const shown = known.get(by.policy) ?? this.#rewritten(this.#screening.scanNow(item, charsOf(item), "answers"), by); // prettier-ignore
    known.set(by.policy, shown);
    return shown;
  }

  /** What a server listed just now. @throws GatewayError UPSTREAM_TOO_LARGE for what cannot be searched */
  listed(
    items: readonly JsonObject[],
    by: Screener,
    session: string,
  ): readonly JsonObject[] | Promise<readonly JsonObject[]> {
    if (!by.policy.scans("answers") || items.length === 0) return items;
    const scan = this.#screening.scan(session, items, charsOf(items), "answers", by.persona);
    const shown = (each: Scan): readonly JsonObject[] => {
      const rewritten = this.#rewritten(each, by) as unknown as readonly JsonObject[];
      return rewritten.filter((item, at) => item["uri"] === items[at]?.["uri"]);
    };
    return scan instanceof Promise ? scan.then(shown) : shown(scan);
  }

  #rewritten(scan: Scan, by: Screener): JsonObject {
    const own = { ...scan, findings: scan.findings.filter((finding) => !isName(finding)) };
    const screened = this.#screening.read(own, by);
    if (screened.facts === undefined) return scan.value as JsonObject;
    const { actions } = judgeAnswer(screened.facts, { data: by.policy });
    const refused = screened.facts.outside?.refused;
    if (refused !== undefined) throw new GatewayError(refused.why === "blocked" ? "RECOGNISER_REFUSED" : "RECOGNISER_FAILED", `${refused.recogniser}: ${refused.says}`); // prettier-ignore
    if (screened.facts.unscanned !== undefined && by.policy.table.unscanned.answers === "block")
      throw new GatewayError("UPSTREAM_TOO_LARGE", `its list cannot be searched for sensitive data (${screened.facts.unscanned})`); // prettier-ignore
    const changes = actions.map((action): DataAction => (action === "block" ? "redact" : action));
    if (!changes.some(isChange)) return scan.value as JsonObject;
    return this.#screening.rewrite(screened, by.tenant, changes) as JsonObject;
  }
}

function isName({ path, inKey }: Finding): boolean {
  return inKey === true || path === "/name" || path === "/uriTemplate" || /^\/\d+\/name$/.test(path);
}
