/**
 * A tool called `never` does not answer, one called `digest` says the SHA-256 of the variable TOKEN.
 * A stdio MCP server of revision 2025-11-25 whose tools stand in the JSON file named by its argument, read at each list.
 * A tool with `_needs` is listed only to clients that declared that capability. A second argument is the server's name.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [file, name = "toy"] = process.argv.slice(2);
let declared = {};

function listed() {
  const tools = JSON.parse(readFileSync(file, "utf8"));
  return tools.filter((tool) => tool._needs === undefined || declared[tool._needs] !== undefined).map(({ _needs, ...tool }) => tool);
}

function answer({ method, params }) {
  if (method === "initialize") {
    declared = params.capabilities;
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name, version: "1.0.0" } };
  }
  if (method === "ping") return {};
  if (method === "tools/list") return { tools: listed() };
  if (method === "tools/call" && params.name === "never") return null;
  if (method !== "tools/call" || !listed().some((tool) => tool.name === params.name)) return undefined;
  if (params.name === "digest") {
    const hash = createHash("sha256").update(process.env.TOKEN ?? "");
    return { content: [{ type: "text", text: hash.digest("hex") }] };
  }
  const text = params.name === "fail" ? "it failed" : `${params.name} says \u001b[31m${JSON.stringify(params.arguments ?? {})}`;
  return { content: [{ type: "text", text }], ...(params.name === "fail" ? { isError: true } : {}) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const result = answer(message);
  if (result === null) continue;
  const error = { code: -32601, message: "Method not found" };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...(result === undefined ? { error } : { result }) })}\n`);
}
