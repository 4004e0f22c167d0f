/** What the deterministic floor is given of Node.js for a scan: hashing and inflating, synchronous. */
import { createHash } from "node:crypto";
import { gunzipSync, inflateSync } from "node:zlib";
import type { InflatePort } from "../../actors/dlp/decoder.ts";
import type { DlpPorts } from "../../actors/dlp/validator.ts";

export const dlpPorts: DlpPorts = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
};

export const inflate: InflatePort = (bytes, bytesMax) => {
  try {
    const options = { maxOutputLength: bytesMax };
    return bytes[0] === 0x1f ? gunzipSync(bytes, options) : inflateSync(bytes, options);
  } catch (error) {
    // Cut short, or no such bytes at all: nothing comes out. Too much: whoever asked must know.
    return error instanceof RangeError ? "too large" : undefined;
  }
};
