/**
 * Words that speak against a number being a person's or a payment's: what stands after them counts, names or dates a thing.
 * As context words are written (protocol/detector.ts): lower case, a space for a space, `_`, `-` or nothing.
 */
export const negativeWords: readonly string[] = [
  "order id", "order number", "order no", "order", "sku", "tracking number", "tracking id", "tracking", "sha", "sha1",
  "sha256", "md5", "checksum", "digest", "commit", "etag", "trace id", "span id", "request id", "correlation id", "uuid",
  "guid", "build", "build id", "build number", "version", "revision", "timestamp", "created at", "updated at",
  "expires at", "modified at", "epoch", "ticket id", "issue id", "invoice", "offset", "bytes", "size", "length",
  "duration", "latency", "elapsed", "line", "pid", "port", "shard", "partition", "seq", "sequence", "batch", "part number",
  "serial", "model", "width", "height", "pixels", "price", "amount", "total", "quantity", "count", "hash", "blob",
]; // prettier-ignore
