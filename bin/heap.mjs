/**
 * V8 flags of a gateway process. A call lives a millisecond and leaves some kilobytes of garbage; with V8's default of
 * 16 MiB of young space, calls in flight survive into the old one. 32 MiB halve what collection costs under load (docs/adr/0005).
 */
export const heapFlags = ["--max-semi-space-size=32"];
