/**
 * OpenTelemetry traces: one server span per governed call, exported over OTLP/HTTP. Loaded only when
 * telemetry.otlp is set. Attribute names: OpenTelemetry semantic conventions for MCP and GenAI (status Development).
 */
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { Exchange } from "../exchange/exchange.ts";
import { finished, started, type StartedCall } from "../exchange/relay.ts";

export interface Traces {
  close(): Promise<void>;
}

export function startTraces(url: string, node: string, version: string): Traces {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "gatehouse",
      "service.version": version,
      "service.instance.id": node,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }), { maxQueueSize: 4096 })],
  });
  const tracer = provider.getTracer("gatehouse", version);
  const spans = new WeakMap<Exchange, Span>();

  const onStart = (message: unknown): void => {
    const { exchange, judged, grant } = message as StartedCall;
    const { caller, request } = exchange;
    const sinceMs = performance.timeOrigin + exchange.startedMs;
    const span = tracer.startSpan(
      grant.kind === "tool" ? `${request.method} ${grant.name}` : request.method,
      {
        kind: SpanKind.SERVER,
        startTime: sinceMs,
        attributes: {
          "mcp.method.name": request.method,
          "mcp.protocol.version": caller.revision,
          ...(isPlainId(request.id) ? { "jsonrpc.request.id": String(request.id) } : {}),
          ...(grant.kind === "tool"
            ? { "gen_ai.tool.name": grant.name, "gen_ai.operation.name": "execute_tool" }
            : {}),
          ...(caller.wire === undefined ? {} : { "mcp.session.id": caller.wire.id.slice(0, 8) }),
          "gatehouse.persona": caller.endpoint.persona,
          "gatehouse.operation": judged.op,
          "gatehouse.server": grant.server,
          "gatehouse.verdict": judged.verdict.kind,
        },
      },
      parentOf(caller.trace?.traceparent),
    );
    spans.set(exchange, span);
    const { traceId, spanId, traceFlags } = span.spanContext();
    const flags = (traceFlags & TraceFlags.SAMPLED) !== 0 ? "01" : "00";
    exchange.trace = { ...caller.trace, traceparent: `00-${traceId}-${spanId}-${flags}` };
  };

  const onFinish = (message: unknown): void => {
    const { exchange } = message as StartedCall;
    const span = spans.get(exchange);
    if (span === undefined) return;
    if (exchange.stages.upstreamMs === 0) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(performance.timeOrigin + exchange.stages.endedMs);
  };

  started.subscribe(onStart);
  finished.subscribe(onFinish);
  return {
    async close() {
      started.unsubscribe(onStart);
      finished.unsubscribe(onFinish);
      await provider.shutdown();
    },
  };
}

/** A counter or a UUID, as clients number requests: what else an agent calls its own may be anything that it has read, and 13 digits a card. */
function isPlainId(id: unknown): boolean {
  return /^(?:\d{1,12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(String(id));
}

/** W3C Trace Context, section 3.2; the form was checked at the door. */
function parentOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split("-") ?? [];
  if (traceId === undefined || spanId === undefined) return context.active();
  const traceFlags = flags === "01" ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(context.active(), { traceId, spanId, traceFlags, isRemote: true });
}
