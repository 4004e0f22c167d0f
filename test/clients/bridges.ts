// Programs between stdio and the gateway: ours, and two that people use for clients that only speak stdio.
import { join, resolve } from "node:path";
import type { Target } from "./connection.ts";
import type { Program } from "./sdkv1.ts";

const modules = join(import.meta.dirname, "node_modules");
const gatehouse = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");

/** `gatehouse connect`: finds the node by its data folder, takes the key from the environment. */
export function connectBridge({ persona, key, config }: Target): Program {
  return { args: [gatehouse, "connect", persona, "--config", config], env: { GATEHOUSE_KEY: key } };
}

export function mcpRemote(target: Target, door: "http" | "sse", protocol: "legacy" | "auto"): Program {
  const url = door === "sse" ? target.sse : target.url;
  const header = `Authorization: Bearer ${target.key}`;
  const options = ["--allow-http", "--transport", `${door}-only`, "--protocol", protocol, "--silent"];
  return {
    args: [join(modules, "mcp-remote/dist/proxy.js"), url, "--header", header, ...options],
    env: { HOME: target.home },
  };
}

export function supergateway(target: Target, door: "http" | "sse"): Program {
  const from = door === "sse" ? ["--sse", target.sse] : ["--streamableHttp", target.url];
  const options = ["--outputTransport", "stdio", "--oauth2Bearer", target.key, "--logLevel", "none"];
  return {
    args: [join(modules, "supergateway/dist/index.js"), ...from, ...options],
    env: { HOME: target.home },
  };
}
