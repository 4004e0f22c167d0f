/** From a catalogue entry to open sessions: reads the credential, dials or starts. One opener per server. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueServer } from "../../protocol/catalogue.ts";
import { readSecret } from "../vault/secret.ts";
import type { Secret, SecretSurroundings } from "../vault/secret.ts";
import { childEnvironment, readCommand } from "./command.ts";
import type { CommandEntry } from "./command.ts";
import { openHttp, openSse, openStdio } from "./connect.ts";
import type { Opening } from "./connect.ts";
import type { Dialer, HeaderCredential, Line } from "./dialer.ts";
import type { ClientInfo } from "./handshake.ts";
import { boundsOf } from "./messages.ts";
import { LastWords } from "./lastwords.ts";
import type { EraMemory } from "./probe.ts";
import type { SessionOpener } from "./server.ts";
import type { Session, SessionHooks } from "./session.ts";
import { StdioWire } from "./stdio.ts";
import type { ChildCredential } from "./stdio.ts";
import type { ClientCapabilities } from "./upstream.ts";

export interface OpenerPorts extends SecretSurroundings {
  readonly server: string;
  readonly dialer: Dialer;
  readonly client: ClientInfo;
  /** Folder under which children get their HOME. */
  readonly homes: () => string;
}

export function openerOf(entry: CatalogueServer, ports: OpenerPorts): SessionOpener {
  const { transport } = entry;
  if ("stdio" in transport) return new StdioOpener(entry, transport.stdio, ports);
  const [url, isSse] = "http" in transport ? [transport.http.url, false] : [transport.sse.url, true];
  return new HttpOpener(entry, url, isSse, ports);
}

function openingOf(
  entry: CatalogueServer,
  ports: OpenerPorts,
  hooks: SessionHooks,
  memory: EraMemory,
  capabilities: ClientCapabilities,
  secret: Secret | undefined,
): Opening {
  const isShared = entry.isolation === "shared";
  const peer = { server: ports.server, client: ports.client, hooks, isShared, secret };
  return { peer, bounds: boundsOf(entry.answerBytes), setting: entry.era, memory, capabilities };
}

class HttpOpener implements SessionOpener {
  readonly #entry: CatalogueServer;
  readonly #url: string;
  readonly #isSse: boolean;
  readonly #ports: OpenerPorts;
  #line: Line | undefined;
  /** The credential of the line in use. */
  #secret: Secret | undefined;
  /** Lines that still serve sessions, but no new ones. */
  readonly #retired = new Set<Line>();

  constructor(entry: CatalogueServer, url: string, isSse: boolean, ports: OpenerPorts) {
    this.#entry = entry;
    this.#url = url;
    this.#isSse = isSse;
    this.#ports = ports;
  }

  async open(hooks: SessionHooks, memory: EraMemory, capabilities: ClientCapabilities): Promise<Session> {
    this.#line ??= this.#dial();
    const opening = openingOf(this.#entry, this.#ports, hooks, memory, capabilities, this.#secret);
    return this.#isSse ? openSse(opening, this.#line) : openHttp(opening, this.#line);
  }

  reset(): void {
    if (this.#line !== undefined) this.#retired.add(this.#line);
    this.#line = undefined;
    for (const line of this.#retired) {
      const { open, streams, waiting } = line.counts;
      if (open + streams + waiting > 0) continue;
      this.#retired.delete(line);
      line.close().catch(() => undefined);
    }
  }

  get waiting(): number {
    return this.#line?.counts.waiting ?? 0;
  }

  async close(): Promise<void> {
    const lines = [...this.#retired, ...(this.#line === undefined ? [] : [this.#line])];
    await Promise.all(lines.map((line) => line.close()));
  }

  #dial(): Line {
    const { credential, network } = this.#entry;
    const header = credential !== undefined && "header" in credential ? this.#header(credential) : undefined;
    this.#secret = header?.secret;
    return this.#ports.dialer.open(this.#url, { private: network?.private, credential: header });
  }

  #header(credential: {
    readonly header: string;
    readonly from: string;
    readonly scheme?: string | undefined;
  }): HeaderCredential {
    const { header, scheme, from } = credential;
    return { header, scheme, secret: readSecret(from, this.#ports) };
  }
}

class StdioOpener implements SessionOpener {
  readonly #entry: CatalogueServer;
  readonly #stdio: CommandEntry;
  readonly #ports: OpenerPorts;
  readonly waiting = 0;

  constructor(entry: CatalogueServer, stdio: CommandEntry, ports: OpenerPorts) {
    this.#entry = entry;
    this.#stdio = stdio;
    this.#ports = ports;
  }

  async open(hooks: SessionHooks, memory: EraMemory, capabilities: ClientCapabilities): Promise<Session> {
    const { folder, server, homes, env } = this.#ports;
    const command = readCommand(this.#stdio, folder);
    const home = join(homes(), server);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const around = childEnvironment(this.#stdio, home, env["PATH"]);
    for (const name of around.stripped) hooks.log(`the variable ${name} of its entry is not given to it`);
    const credential = this.#credential();
    const heard = new LastWords();
    const listening = { ...hooks, log: (line: string) => hooks.log(heard.take(line)) };
    const opening = openingOf(this.#entry, this.#ports, listening, memory, capabilities, credential?.secret);
    try {
      return await openStdio(opening, (taker) => new StdioWire(command, around.env, credential, taker));
    } catch (error) {
      throw heard.with(error);
    }
  }

  reset(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  #credential(): ChildCredential | undefined {
    const { credential } = this.#entry;
    if (credential === undefined || !("env" in credential)) return undefined;
    return { env: credential.env, secret: readSecret(credential.from, this.#ports) };
  }
}
