/** What operators see of a running node from outside: /healthz, /readyz, /metrics, and traces at a real OTLP receiver. */
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, modernBody, modernHeaders, type Reply } from "./hostile/agent.ts";
import { Gateway } from "./hostile/gateway.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
}

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const otherId = "5cf92f3577b34da6a3ce929d0e0e4737";
const parent = "00f067aa0ba902b7";
const spans: ReceivedSpan[] = [];
let receiver: Server;
let gateway: Gateway;
let key: string;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const body = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[] };
      for (const { scopeSpans } of body.resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  gateway = await Gateway.start({ settings: { telemetry: { otlp: `http://127.0.0.1:${port}/v1/traces` } } });
  key = gateway.key("agent");
  await gateway.warm(key);
});

afterAll(async () => {
  await gateway.remove();
  receiver.close();
});

function call(name: string, meta: Record<string, string> = {}, id: string | number = 1): Promise<Reply> {
  const params = { name, arguments: { text: "hello" }, _meta: meta };
  const headers = modernHeaders(key, "tools/call", params);
  return ask({
    port: gateway.port,
    path: "/p/reader/mcp",
    headers,
    body: modernBody(id, "tools/call", params),
  });
}

const get = (path: string, headers = {}): Promise<Reply> =>
  ask({ port: gateway.port, path, method: "GET", headers });

test("a living and ready node says so, without a credential", async () => {
  expect((await get("/healthz")).status).toBe(200);
  expect(JSON.parse((await get("/readyz")).body)).toMatchObject({ ok: true, records: true, draining: false });
});

test("metrics need an operator's key, and an agent's key is none", async () => {
  expect((await get("/metrics")).status).toBe(401);
  expect((await get("/metrics", { authorization: `Bearer ${key}` })).status).toBe(401);
  const operator = gateway.key("prometheus", ["metrics"]);
  expect((await get("/metrics", { authorization: `Bearer ${operator}` })).status).toBe(200);
});

test("metrics count decisions by verdict, rule, persona and door, and time every stage", async () => {
  await call("echo");
  await call("no-such-tool");
  const operator = gateway.key("prometheus", ["metrics"]);
  const { body } = await get("/metrics", { authorization: `Bearer ${operator}` });
  expect(body).toMatch(
    /^gatehouse_decisions_total\{persona="reader",verdict="allow",rule="",door="http"\} [1-9]/m,
  );
  expect(body).toMatch(
    /^gatehouse_decisions_total\{persona="reader",verdict="deny",rule="persona\.unlisted",door="http"\} [1-9]/m,
  );
  for (const stage of ["judge", "record", "upstream", "answer", "total"])
    expect(body).toMatch(
      new RegExp(String.raw`^gatehouse_stage_seconds\{stage="${stage}",quantile="0\.99"\} [0-9.e-]+`, "m"),
    );
  expect(body).toMatch(/^gatehouse_event_loop_delay_seconds [0-9.e-]+$/m);
  expect(body).toMatch(/^gatehouse_upstream\{server="tools",what="sessions"\} 1$/m);
  expect(body).not.toContain("no-such-tool");
});

test("a stage's quantiles are named as people ask for them", async () => {
  await call("echo");
  const operator = gateway.key("prometheus", ["metrics"]);
  const { body } = await get("/metrics", { authorization: `Bearer ${operator}` });
  const named = [...body.matchAll(/^gatehouse_stage_seconds\{stage="total",quantile="([^"]+)"\}/gm)];
  expect(named.map(([, quantile]) => quantile)).toEqual(["0.5", "0.9", "0.99", "0.999"]);
});

test("a call is one server span under the agent's trace, and the upstream is given that span as its parent", async () => {
  gateway.tools.forget();
  const said = randomBytes(20).toString("hex");
  await call(
    "echo",
    { traceparent: `00-${otherId}-${parent}-01`, tracestate: `a=ghp_${said}` },
    `ghp_${said}`,
  );
  const sent = gateway.tools.bytes();
  // A card as the id of a request, as a number and as a text.
  for (const id of [4111111111111111, "4111111111111111"]) await call("echo", {}, id);
  await call("echo", { traceparent: `00-${traceId}-${parent}-01` });
  await gateway.stop();
  // What an agent makes up about a trace is searched by nobody: it goes to no server and into no span.
  expect(sent).toContain(otherId);
  expect(sent).not.toContain(said);
  expect(spans.some((one) => one.traceId === otherId)).toBe(true);
  expect(JSON.stringify(spans)).not.toContain(said);
  expect(JSON.stringify(spans)).not.toContain("4111111111111111");
  const span = spans.find((one) => one.traceId === traceId);
  expect(span).toMatchObject({ name: "tools/call echo", parentSpanId: parent });
  const attributes = Object.fromEntries(
    (span?.attributes ?? []).map(({ key: name, value }) => [name, value.stringValue]),
  );
  expect(attributes).toMatchObject({
    "mcp.method.name": "tools/call",
    "gen_ai.tool.name": "echo",
    "gatehouse.persona": "reader",
    "gatehouse.verdict": "allow",
  });
  expect(gateway.tools.bytes()).toContain(`00-${traceId}-${span?.spanId ?? ""}-01`);
});
