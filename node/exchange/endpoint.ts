/**
 * The virtual endpoints of one node: one per persona and, where configured, one per upstream server with a role of
 * its own. A path is resolved to an endpoint object before anything else happens; there is no global endpoint.
 */
export interface Endpoint {
  readonly tenant: string;
  readonly kind: "persona" | "server";
  /** Persona or server name as the path has it. */
  readonly name: string;
  /** The persona whose role is in force here. */
  readonly persona: string;
  /** Without the door's last part: /t/default/p/reader */
  readonly path: string;
  /** Canonical URI, the audience of access tokens: {public url}/t/default/p/reader/mcp */
  readonly uri: string;
}

export type DoorPart = "mcp" | "sse" | "message" | "ticket";
const parts: ReadonlySet<string> = new Set<DoorPart>(["mcp", "sse", "message", "ticket"]);

export class Endpoints {
  readonly all: readonly Endpoint[];
  readonly #byPath = new Map<string, Endpoint>();

  /**
   * @param publicUrl what agents see, without a trailing slash
   */
  constructor(
    publicUrl: string,
    names: readonly { tenant: string; kind: "persona" | "server"; name: string; persona: string }[],
  ) {
    this.all = names.map((row) => {
      const path = `/t/${row.tenant}/${row.kind === "persona" ? "p" : "s"}/${row.name}`;
      return { ...row, path, uri: `${publicUrl}${path}/mcp` };
    });
    for (const endpoint of this.all) {
      this.#byPath.set(endpoint.path, endpoint);
      if (endpoint.tenant === "default") this.#byPath.set(endpoint.path.slice("/t/default".length), endpoint);
    }
  }

  /** Undefined for anything that is not exactly an endpoint and one of its doors: no decoding, no case folding. */
  find(pathname: string): { endpoint: Endpoint; part: DoorPart } | undefined {
    const cut = pathname.lastIndexOf("/");
    const part = pathname.slice(cut + 1);
    if (!parts.has(part)) return undefined;
    const endpoint = this.#byPath.get(pathname.slice(0, cut));
    return endpoint && { endpoint, part: part as DoorPart };
  }

  /** The endpoint whose path (with /mcp) stands in a metadata address. */
  findMetadata(pathname: string): Endpoint | undefined {
    const prefix = "/.well-known/oauth-protected-resource";
    if (!pathname.startsWith(prefix)) return undefined;
    const found = this.find(pathname.slice(prefix.length));
    return found?.part === "mcp" ? found.endpoint : undefined;
  }
}
