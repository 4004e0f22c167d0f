/** A server that streams, and a node before it: for the tests of streams. */
import { HostileServer, offerOf, toolNamed, type Asked, type ServerEra } from "./upstream.ts";
import { httpUpstream, later, Stand, wide } from "./upstreamstand.ts";

/** Settled from outside. */
export class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }
}

export async function standBefore(
  era: ServerEra,
  onCall: (asked: Asked) => unknown,
): Promise<{ server: HostileServer; stand: Stand }> {
  const server = await HostileServer.start({
    era,
    offer: offerOf(toolNamed("stream"), toolNamed("fine")),
    onCall,
  });
  later(() => server.stop());
  const role = { breakers: { ...wide.breakers, tool: { failures: 100 } } };
  return { server, stand: await Stand.start({ servers: { shop: httpUpstream(server) }, role }) };
}

/** A call of the streaming tool with a progress token, as an older agent writes it. */
export const streamParams = { name: "stream", arguments: { n: "1" }, _meta: { progressToken: "t" } };
