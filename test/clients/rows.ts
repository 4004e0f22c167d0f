// The rows of the matrix: which client, at which door, speaking which revision, and what it cannot do by itself.
import { connectBridge, mcpRemote, supergateway } from "./bridges.ts";
import type { Connection, Target } from "./connection.ts";
import type { Feature } from "./features.ts";
import { inspector } from "./inspector.ts";
import { v1OverHttp, v1OverSse, v1OverStdio, v1OverWebSocket } from "./sdkv1.ts";
import { v2OverHttp, v2OverStdio, v2OverWebSocket } from "./sdkv2.ts";

const older = "2025-11-25";
const modern = "2026-07-28";

export interface Row {
  /** Names the row in `--only`. */
  readonly name: string;
  readonly client: string;
  readonly door: string;
  readonly revision: string;
  readonly open: (target: Target) => Promise<Connection>;
  /** Why a feature cannot be asked of this client. Such a cell counts neither as passed nor as failed. */
  readonly unable?: Partial<Record<Feature, string>>;
  readonly control?: Control;
}

/**
 * What a program between client and gateway is known to lose. Believed only when it loses it without the gateway too:
 * `open` connects it to the upstream itself.
 */
export interface Control {
  readonly loses: Partial<Record<Feature, string>>;
  /** What the program speaks with the gateway, and so must find at the upstream. */
  readonly era: "legacy" | "modern";
  readonly open: (upstream: Target) => Promise<Connection>;
}

const oneShot = {
  initialise: "the inspector prints results only; its list shows that it connected",
  progress: "the inspector prints the result only",
  cancel: "the inspector ends with its one operation",
  sampling: "the inspector's command line declares no sampling",
  elicitation: "the inspector's command line declares no elicitation",
} as const satisfies Partial<Record<Feature, string>>;

const overModernHttp: Control = {
  loses: {
    cancel: "mcp-remote posts notifications/cancelled, but leaves open the stream whose end would cancel",
  },
  era: "modern",
  open: (upstream) => v1OverStdio(mcpRemote(upstream, "http", "auto")),
};

const requestsOnly: Control = {
  loses: {
    progress: "supergateway passes on answers, and no notification that comes before them",
    sampling: "supergateway passes on no request of a server",
    elicitation: "supergateway passes on no request of a server",
  },
  era: "legacy",
  open: (upstream) => v1OverStdio(supergateway(upstream, "http")),
};

export const rows: readonly Row[] = [
  { name: "v1-http", client: "SDK v1", door: "HTTP", revision: older, open: v1OverHttp },
  { name: "v1-sse", client: "SDK v1", door: "HTTP+SSE", revision: older, open: v1OverSse },
  { name: "v1-websocket", client: "SDK v1", door: "WebSocket", revision: older, open: v1OverWebSocket },
  {
    name: "v1-connect",
    client: "SDK v1",
    door: "gatehouse connect",
    revision: older,
    open: (target) => v1OverStdio(connectBridge(target)),
  },
  {
    name: "v2-http",
    client: "SDK v2 auto",
    door: "HTTP",
    revision: modern,
    open: (target) => v2OverHttp(target, "auto"),
  },
  {
    name: "v2-http-legacy",
    client: "SDK v2 legacy",
    door: "HTTP",
    revision: older,
    open: (target) => v2OverHttp(target, "legacy"),
  },
  {
    name: "v2-websocket",
    client: "SDK v2 auto",
    door: "WebSocket",
    revision: modern,
    open: (target) => v2OverWebSocket(target, "auto"),
  },
  {
    name: "v2-websocket-legacy",
    client: "SDK v2 legacy",
    door: "WebSocket",
    revision: older,
    open: (target) => v2OverWebSocket(target, "legacy"),
  },
  {
    name: "v2-connect",
    client: "SDK v2 auto",
    door: "gatehouse connect",
    revision: modern,
    open: (target) => v2OverStdio(connectBridge(target), "auto"),
  },
  {
    name: "inspector-http",
    client: "inspector",
    door: "HTTP",
    revision: older,
    open: async (target) => inspector(target, { transport: "http", era: "legacy" }),
    unable: oneShot,
  },
  {
    name: "inspector-modern",
    client: "inspector",
    door: "HTTP",
    revision: modern,
    open: async (target) => inspector(target, { transport: "http", era: "modern" }),
    unable: oneShot,
  },
  {
    name: "inspector-sse",
    client: "inspector",
    door: "HTTP+SSE",
    revision: older,
    open: async (target) => inspector(target, { transport: "sse", era: "legacy" }),
    unable: oneShot,
  },
  {
    name: "mcp-remote-http",
    client: "mcp-remote",
    door: "HTTP",
    revision: older,
    open: (target) => v1OverStdio(mcpRemote(target, "http", "legacy")),
  },
  {
    name: "mcp-remote-auto",
    client: "mcp-remote auto",
    door: "HTTP",
    revision: older,
    open: (target) => v1OverStdio(mcpRemote(target, "http", "auto")),
    control: overModernHttp,
  },
  {
    name: "mcp-remote-sse",
    client: "mcp-remote",
    door: "HTTP+SSE",
    revision: older,
    open: (target) => v1OverStdio(mcpRemote(target, "sse", "legacy")),
  },
  {
    name: "supergateway-http",
    client: "supergateway",
    door: "HTTP",
    revision: older,
    open: (target) => v1OverStdio(supergateway(target, "http")),
    control: requestsOnly,
  },
  {
    name: "supergateway-sse",
    client: "supergateway",
    door: "HTTP+SSE",
    revision: older,
    open: (target) => v1OverStdio(supergateway(target, "sse")),
    control: requestsOnly,
  },
];
