/** A stdio MCP server of revision 2025-11-25 whose tools stand in the JSON file named by its argument, read at each list. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const file = process.argv[2];

function answer({ method, params }) {
  if (method === "initialize") {
    const serverInfo = { name: "toy", version: "1.0.0" };
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo };
  }
  if (method === "ping") return {};
  if (method === "tools/list") return { tools: JSON.parse(readFileSync(file, "utf8")) };
  if (method !== "tools/call") return undefined;
  const text = params.name === "fail" ? "it failed" : `${params.name} says \u001b[31m${JSON.stringify(params.arguments ?? {})}`;
  return { content: [{ type: "text", text }], ...(params.name === "fail" ? { isError: true } : {}) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const result = answer(message);
  const error = { code: -32601, message: "Method not found" };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...(result === undefined ? { error } : { result }) })}\n`);
}
