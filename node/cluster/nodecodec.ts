/** The codec of frames between nodes (cluster/frames.ts), with what this gateway's calls, answers and events are as bytes. */
import type { AnyEvent } from "../../actors/roster.ts";
import { FrameCodec } from "../../cluster/frames.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import { CallReader, packAnswer, packCall, unpackAnswer } from "./clustercall.ts";
import type { ClusterAnswer, ClusterCall } from "./clustercall.ts";
import { packEvent, unpackEvent } from "./eventcodec.ts";

export function nodeCodec(endpoints: Endpoints): FrameCodec<ClusterCall, ClusterAnswer, AnyEvent> {
  const calls = new CallReader(endpoints);
  return new FrameCodec({
    call: { pack: packCall, unpack: (bytes) => calls.unpack(bytes) },
    answer: { pack: packAnswer, unpack: unpackAnswer },
    event: { pack: packEvent, unpack: unpackEvent },
  });
}
