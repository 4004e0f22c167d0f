/**
 * The next version of the program, as a build of its own: a copy of this one's files, patched so that it speaks a newer
 * version of packets, adds a value to frames and words, and sends a kind of frame that this version does not know. The two
 * must run side by side (docs/cluster.md, "Between nodes", Versions).
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { applied } from "../simulation/mutants.ts";

const root = resolve(import.meta.dirname, "..", "..");
const parts = [
  "bin",
  "protocol",
  "actors",
  "cluster",
  "node",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

export const nextVersion = "0.2.0";

const changes = [
  {
    file: "node/parts.ts",
    from: 'version: "0.1.0" } as const',
    to: `version: "${nextVersion}" } as const`,
  },
  {
    file: "cluster/packet.ts",
    from: "currentVersions: Versions = { speaks: 2, lowest: 1 }",
    to: "currentVersions: Versions = { speaks: 3, lowest: 2 }",
  },
  // A kind: with each acknowledgement goes a frame that asks for nothing.
  { file: "cluster/framereader.ts", from: "message: 11 } as const", to: "message: 11, hail: 99 } as const" },
  {
    file: "cluster/framereader.ts",
    from: "      case kinds.busy:\n",
    to: '      case kinds.hail:\n        return this.#end(1, { kind: "cancel", op: this.#op() });\n      case kinds.busy:\n',
  },
  // A value: behind those of each acknowledgement. The older version's have none.
  {
    file: "cluster/frames.ts",
    from: 'return [encoded("control", limits.leaseMs, this.#head(from, to, body, [stream, upTo, faulty]))];',
    to: `return [
          encoded("control", limits.leaseMs, this.#head(from, to, body, [stream, upTo, faulty, 7])),
          encoded("control", limits.leaseMs, this.#head(from, to, { kind: "hail" }, ["hail"])),
        ];`,
  },
  {
    file: "cluster/framereader.ts",
    from: 'return this.#end(3, { kind: "ack", stream, upTo, faulty });',
    to: 'if (this.#count > 3) this.#fields.natural();\n    return this.#end(this.#count > 3 ? 4 : 3, { kind: "ack", stream, upTo, faulty });',
  },
  {
    file: "cluster/orderword.ts",
    from: "JSON.stringify([count, pairs, texts, storeAgeMs ?? null])",
    to: "JSON.stringify([count, pairs, texts, storeAgeMs ?? null, { more: true }])",
  },
] as const;

export class NextVersion implements Disposable {
  readonly folder: string;

  /** @throws Error when a text that is to be replaced does not stand exactly once any more */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "gatehouse-next-"));
    for (const part of parts) cpSync(join(root, part), join(this.folder, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    for (const change of changes) {
      const file = join(this.folder, change.file);
      writeFileSync(file, applied(change, readFileSync(file, "utf8")));
    }
  }

  get program(): string {
    return join(this.folder, "bin", "gatehouse.mjs");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
