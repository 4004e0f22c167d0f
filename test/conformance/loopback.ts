// Preloaded into the conformance suite (`--import`): keeps every socket it opens for listening on 127.0.0.1. The suite
// listens on all interfaces otherwise. The rewrite stays synchronous, because the suite reads `address()` at once;
// giving listen() a host name would bind late.
import { Server } from "node:net";

type Listen = (
  address: string | null,
  port: number,
  addressType: number,
  ...rest: readonly unknown[]
) => void;

const everywhere = new Set<string | null | undefined>([null, undefined, "", "::", "0.0.0.0"]);
const pipePort = -1; // what Node.js passes for a Unix socket, whose address is its path

// The method every listen() ends in (lib/net.js, setupListenHandle); it is not part of the documented interface.
const prototype = Server.prototype as unknown as { _listen2: Listen };
const listen = prototype._listen2;

prototype._listen2 = function onLoopback(this: Server, address, port, addressType, ...rest) {
  const local = port !== pipePort && everywhere.has(address);
  listen.call(this, local ? "127.0.0.1" : address, port, local ? 4 : addressType, ...rest);
};
