/**
 * The control socket: a Unix socket in the data folder, mode 0600, one JSON request per connection, one JSON answer.
 * Whoever can open the file is the operator; that is the whole of its authentication, so the mode is checked.
 */
import { chmodSync, existsSync, statSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join, relative } from "node:path";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";

export interface ControlRequest {
  readonly command: string;
  readonly args: { readonly [name: string]: unknown };
}

export type ControlAnswer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly detail?: string;
      readonly heard?: readonly string[];
      readonly remedy?: string;
    };

export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

/** A Unix socket's path has about 107 bytes; a path relative to the working folder may be shorter. */
export function controlPath(dataFolder: string): string {
  const path = join(dataFolder, "control.sock");
  if (Buffer.byteLength(path) <= 100) return path;
  const short = relative(process.cwd(), path);
  if (Buffer.byteLength(short) <= 100) return short;
  throw new GatewayError(
    "CONFIGURATION",
    "the data folder's path is too long for a Unix socket; set `data` to a shorter one",
  );
}

export class ControlServer {
  readonly #server: Server;
  readonly #path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  static async listen(
    dataFolder: string,
    handle: ControlHandler,
    onFault: (fault: unknown) => void,
  ): Promise<ControlServer> {
    const path = controlPath(dataFolder);
    if (existsSync(path)) unlinkSync(path);
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, handle, onFault));
    server.maxConnections = 64;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    if ((statSync(path).mode & 0o077) !== 0)
      throw new GatewayError("CONFIGURATION", "the control socket is open to others");
    return new ControlServer(server, path);
  }

  close(): void {
    this.#server.close();
    if (existsSync(this.#path)) unlinkSync(this.#path);
  }
}

function serve(socket: Socket, handle: ControlHandler, onFault: (fault: unknown) => void): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.setTimeout(60_000, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (text.length > limits.controlRequestBytesMax) socket.destroy();
  });
  socket.on("end", () => {
    answer(text, handle, onFault).then(
      (reply) => socket.end(`${JSON.stringify(reply)}\n`),
      () => socket.destroy(),
    );
  });
}

async function answer(
  text: string,
  handle: ControlHandler,
  onFault: (fault: unknown) => void,
): Promise<ControlAnswer> {
  try {
    const request = JSON.parse(text) as ControlRequest;
    return { ok: true, value: await handle(request) };
  } catch (thrown) {
    if (thrown instanceof GatewayError) {
      const { code, detail, heard, remedy } = thrown;
      return { ok: false, code, ...(detail === undefined ? {} : { detail }), ...(heard === undefined ? {} : { heard }), ...(remedy === undefined ? {} : { remedy }) }; // prettier-ignore
    }
    if (thrown instanceof SyntaxError)
      return { ok: false, code: "REQUEST_SYNTAX", detail: "the control request is not JSON" };
    onFault(thrown);
    return { ok: false, code: "INTERNAL" };
  }
}
