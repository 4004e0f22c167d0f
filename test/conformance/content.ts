// The payloads the suite looks for: text, the smallest picture and the smallest sound.
// They are built here from their formats, so no binary lies in the repository.
import { crc32, deflateSync } from "node:zlib";
import type {
  AudioContent,
  CallToolResult,
  EmbeddedResource,
  ImageContent,
  TextContent,
} from "@modelcontextprotocol/server";

/** One chunk of a PNG file: length, type, data, CRC (PNG 3rd edition, section 5.3). */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

function onePixelPng(): string {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]); // 1 x 1, 8 bits, RGB
  const pixel = deflateSync(Buffer.from([0, 200, 40, 40])); // filter "none", then one red pixel
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [signature, chunk("IHDR", header), chunk("IDAT", pixel), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat(parts).toString("base64");
}

/** Eight samples of silence, 8 kHz, 8 bits, mono (RIFF WAVE, PCM). */
function shortWav(): string {
  const samples = Buffer.alloc(8, 0x80);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]).toString("base64");
}

export const png = onePixelPng();
export const wav = shortWav();

export const image: ImageContent = { type: "image", data: png, mimeType: "image/png" };
export const audio: AudioContent = { type: "audio", data: wav, mimeType: "audio/wav" };

export function text(words: string): TextContent {
  return { type: "text", text: words };
}

export function embedded(uri: string, mimeType: string, words: string): EmbeddedResource {
  return { type: "resource", resource: { uri, mimeType, text: words } };
}

/** A tool result of one text block. */
export function says(words: string): CallToolResult {
  return { content: [text(words)] };
}
