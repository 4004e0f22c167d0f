import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { MemoryArchive } from "../../cluster/archive.ts";
import { encodeBatch, packPiece, packTurn } from "../../cluster/tailbatch.ts";
import { RecoveredFolder } from "../record/recovered.ts";
import { recoverNode } from "./recovering.ts";

const base = mkdtempSync(join(tmpdir(), "gatehouse-recovering-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test("all processes of the node, the oldest first, whatever turns stand beside; what is missing is counted, and of others nothing", async () => {
  const archive = new MemoryArchive((run) => queueMicrotask(run));
  const append = (node: string, process: string, number: number, bytes: Uint8Array): void => archive.node(node).append(process, number, bytes, () => undefined); // prettier-ignore
  const batch = (number: number, offset: number, text: string): Uint8Array =>
    encodeBatch({ number, covered: 0, sequence: 0 }, [
      packTurn({ entry: { kind: "turn", shard: 1, epoch: 1, n: 1, key: "k", event: { kind: "e", at: 1 } }, cited: { epoch: 0, n: 0 } }, Buffer.from("of a newer version")), // prettier-ignore
      packPiece({ segment: 1, offset, bytes: Buffer.from(text) }),
    ]);
  append("lost", "one", 2, batch(2, 0, "ab"));
  append("other", "one", 1, batch(1, 0, "not it"));
  append("lost", "one", 4, batch(4, 4, "ef"));
  append("lost", "one", 3, Buffer.from("nonsense"));
  append("lost", "two", 1, batch(1, 0, "x"));
  const folder = join(base, "out");
  const found = await recoverNode(archive.node("reader"), "lost", new RecoveredFolder(folder));
  expect(found).toMatchObject([
    { incarnation: "one", batches: 2, batchesMissing: 1, firstBatch: 2, refused: 1, segments: [{ segment: 1, bytes: 4, missing: [{ from: 2, to: 4 }] }] }, // prettier-ignore
    { incarnation: "two", batches: 1, batchesMissing: 0, firstBatch: 1, refused: 0, segments: [{ segment: 1, bytes: 1, missing: [] }] }, // prettier-ignore
  ]);
  expect(readFileSync(join(folder, "one", "000001.jsonl"), "utf8")).toBe("abef");
});
