import type { Headers } from "./dialer.ts";

/** Type and subtype of Content-Type in lower case without parameters; "" when there is none. RFC 9110, section 8.3.1. */
export function mediaType(headers: Headers): string {
  const value = headers["content-type"];
  if (typeof value !== "string") return "";
  if (value === "application/json" || value === "text/event-stream") return value;
  const semicolon = value.indexOf(";");
  return (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
}
