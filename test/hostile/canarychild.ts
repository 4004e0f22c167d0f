/**
 * A tool server on one pipe for all agents (MCP 2025-11-25 over stdio), which answers late and out of order: what mixes
 * agents up somewhere shows in whose words come back.
 */
import { createInterface } from "node:readline";
import { capabilities, definitions } from "./toolserver.ts";

interface Asked {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly text?: string };
    readonly _meta?: { readonly progressToken?: unknown };
  };
}

let late = 0;
/** As servers do that are being debugged. */
const isTelling = process.argv.includes("--tells");

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function resultOf({ method }: Asked): object | undefined {
  switch (method) {
    case "initialize":
      return { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "canary", version: "1" } };
    case "tools/list":
      return { tools: definitions.tools };
    case "prompts/list":
      return { prompts: definitions.prompts };
    case "resources/templates/list":
      return { resourceTemplates: definitions.templates };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  if (isTelling) process.stderr.write(`got ${line}\n`);
  const asked = JSON.parse(line) as Asked;
  if (asked.id === undefined) return;
  const result = resultOf(asked);
  if (result !== undefined) return send({ id: asked.id, result });
  const text = asked.params?.arguments?.text ?? "";
  const token = asked.params?._meta?.progressToken;
  // Each third answer overtakes the two before it.
  setTimeout(
    () => {
      if (token !== undefined)
        send({
          method: "notifications/progress",
          params: { progressToken: token, progress: 1, message: text },
        });
      send({ id: asked.id, result: { content: [{ type: "text", text }] } });
    },
    10 - (late++ % 3) * 4,
  );
});
