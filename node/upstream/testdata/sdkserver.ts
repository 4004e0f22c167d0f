/** A real server on the SDK's v1, over stdio or Streamable HTTP. */
import { randomUUID } from "node:crypto";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

export function makeServer(): McpServer {
  const server = new McpServer(
    { name: "sdk-fixture", version: "1.2.3" },
    { capabilities: { logging: {}, tools: { listChanged: true }, resources: { subscribe: true } }, instructions: "Be kind." },
  );
  server.registerTool("echo", { description: "Says it back", inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: "text", text }],
  }));
  server.registerTool("progress", { inputSchema: { steps: z.number(), pauseMs: z.number() } }, async ({ steps, pauseMs }, extra) => {
    const token = extra._meta?.progressToken;
    for (let step = 1; step <= steps; step++) {
      if (token !== undefined)
        await extra.sendNotification({ method: "notifications/progress", params: { progressToken: token, progress: step, total: steps } });
      await server.server.sendLoggingMessage({ level: "info", data: `step ${step}` }, extra.sessionId);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return { content: [{ type: "text", text: `${steps} steps` }] };
  });
  server.registerTool("ask", { inputSchema: { question: z.string() } }, async ({ question }, extra) => {
    const answer = await extra.sendRequest(
      { method: "elicitation/create", params: { message: question, requestedSchema: { type: "object", properties: { name: { type: "string" } } } } },
      z.object({ action: z.string(), content: z.record(z.string(), z.unknown()).optional() }),
    );
    return { content: [{ type: "text", text: JSON.stringify(answer) }] };
  });
  const cancelled: string[] = [];
  server.registerTool("wait", { inputSchema: { ms: z.number(), label: z.string() } }, async ({ ms, label }, extra) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      extra.signal.addEventListener("abort", () => {
        cancelled.push(label);
        clearTimeout(timer);
        resolve();
      });
    });
    return { content: [{ type: "text", text: "waited" }] };
  });
  server.registerTool("cancelled", {}, () => ({ content: [{ type: "text", text: cancelled.join(",") }] }));
  server.registerTool("environment", {}, () => ({ content: [{ type: "text", text: JSON.stringify(process.env) }] }));
  let counter = 0;
  server.registerTool("count", {}, () => ({ content: [{ type: "text", text: String(++counter) }] }));
  server.registerTool("crash", {}, () => process.exit(3));
  server.registerTool("rename", {}, () => {
    server.registerTool(`new-${randomUUID()}`, {}, () => ({ content: [] }));
    return { content: [] };
  });
  server.registerTool("touch", { inputSchema: { uri: z.string() } }, async ({ uri }) => {
    await server.server.sendResourceUpdated({ uri });
    return { content: [] };
  });
  server.registerPrompt("greet", { argsSchema: { who: z.string() } }, ({ who }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Hello ${who}` } }],
  }));
  server.registerResource("item", new ResourceTemplate("test://item/{id}", { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: "an item" }],
  }));
  return server;
}

if (process.argv[2] === "stdio") {
  const server = makeServer();
  await server.connect(new StdioServerTransport());
  process.stderr.write("fixture ready\n");
}
