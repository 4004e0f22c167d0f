/** Talks to a running node over its control socket. */
import { connect } from "node:net";
import { GatewayError } from "../../protocol/errors.ts";
import { controlPath, type ControlAnswer, type ControlRequest } from "./socket.ts";

/** No node answers in this data folder. */
export class NoNode extends Error {}

/**
 * @throws NoNode when no node runs there; GatewayError with the node's own code when it refuses
 */
export async function askNode(dataFolder: string, request: ControlRequest): Promise<unknown> {
  const text = await exchange(controlPath(dataFolder), JSON.stringify(request));
  const answer = JSON.parse(text) as ControlAnswer;
  if (answer.ok) return answer.value;
  throw new GatewayError(answer.code, answer.detail, { heard: answer.heard, remedy: answer.remedy });
}

function exchange(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let received = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.end(text));
    socket.on("data", (chunk: string) => (received += chunk));
    socket.on("end", () => resolve(received));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" || error.code === "ECONNREFUSED" ? new NoNode() : error),
    );
  });
}
