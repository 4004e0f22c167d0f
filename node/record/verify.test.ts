import { hash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { makeFolder, readSegments, recordWrites, splitLines } from "./testdata/recording.ts";
import { verifyFolder } from "./verify.ts";
import type { Finding } from "./verify.ts";

const folder = makeFolder();
let pristine = new Map<string, Buffer>();
let names: string[] = [];
let head = "";

beforeAll(async () => {
  await recordWrites(folder, "first", [1, 3, 8, 1, 12, 2, 5, 40, 1, 1]);
  await recordWrites(folder, "second", [2, 1]);
  await recordWrites(folder, "third", [7, 1, 1, 9, 30, 4, 1, 2, 6]);
  pristine = readSegments(folder);
  names = Array.from(pristine.keys());
  head = verifyFolder(folder).head?.hash ?? "";
});

afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Verifies with one file replaced (or removed), then puts everything back. */
function findingsWith(name: string, bytes: Buffer | undefined, expectedHead = head): readonly Finding[] {
  const path = join(folder, name);
  try {
    if (bytes === undefined) fs.rmSync(path);
    else fs.writeFileSync(path, bytes);
    const { ok, findings } = verifyFolder(folder, expectedHead === "" ? {} : { expectedHead });
    expect(ok).toBe(findings.length === 0);
    return findings;
  } finally {
    fs.writeFileSync(path, pristine.get(name) ?? "");
  }
}

function linesOf(name: string): Buffer[] {
  return splitLines(pristine.get(name) ?? Buffer.alloc(0));
}

/** 1-based number of the line that holds a byte. */
function lineAt(bytes: Buffer, offset: number): number {
  return splitLines(bytes.subarray(0, offset + 1)).length;
}

/** The first finding, and how many lines it is off. */
function miss(findings: readonly Finding[], name: string, line: number): string {
  const [first] = findings;
  if (first === undefined) return "nothing was found";
  const isNear = first.segment === name && Math.abs(first.line - line) <= 1;
  return isNear ? "none" : `done at ${name}:${line}, found at ${first.segment}:${first.line} (${first.says})`;
}

const anyFile = fc.nat().map((at) => names[at % names.length] ?? "");

describe("an untouched folder", () => {
  test("verifies, over several incarnations, segments and chains", () => {
    const { ok, segments, records, seals, findings } = verifyFolder(folder, { expectedHead: head });
    expect(findings).toEqual([]);
    expect(ok).toBe(true);
    expect(segments).toBeGreaterThan(6);
    expect(records).toBe(3 + 74 + 3 + 61);
    expect(seals).toBe(3 + 10 + 2 + 9);
  });

  test("an empty folder verifies and has no head", () => {
    const empty = makeFolder();
    expect(verifyFolder(empty)).toMatchObject({ ok: true, segments: 0, head: undefined });
    fs.rmdirSync(empty);
  });
});

describe("any one tampering is found, and located to its line", () => {
  test("a changed byte anywhere", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.integer({ min: 1, max: 255 }), (name, at, mask) => {
        const bytes = Buffer.from(pristine.get(name) ?? "");
        const offset = at % bytes.length;
        bytes[offset] = (bytes[offset] ?? 0) ^ mask;
        expect(miss(findingsWith(name, bytes), name, lineAt(pristine.get(name) ?? bytes, offset))).toBe(
          "none",
        );
      }),
      { numRuns: 300 },
    );
  });

  test("a deleted line, or several in a row", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.integer({ min: 1, max: 30 }), (name, at, count) => {
        const lines = linesOf(name);
        const line = at % lines.length;
        expect(miss(findingsWith(name, Buffer.concat(lines.toSpliced(line, count))), name, line + 1)).toBe(
          "none",
        );
      }),
      { numRuns: 100 },
    );
  });

  test("a line that stands there twice, or elsewhere again", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat(), (name, from, to) => {
        const lines = linesOf(name);
        const line = lines[from % lines.length] ?? Buffer.alloc(0);
        const place = to % (lines.length + 1);
        expect(
          miss(findingsWith(name, Buffer.concat(lines.toSpliced(place, 0, line))), name, place + 1),
        ).toBe("none");
      }),
      { numRuns: 100 },
    );
  });

  test("two lines that changed places", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat(), (name, one, other) => {
        const lines = linesOf(name);
        const [a, b] = [one % lines.length, other % lines.length].sort((x, y) => x - y) as [number, number];
        fc.pre(a !== b);
        const swapped = lines.with(a, lines[b] ?? Buffer.alloc(0)).with(b, lines[a] ?? Buffer.alloc(0));
        expect(miss(findingsWith(name, Buffer.concat(swapped)), name, a + 1)).toBe("none");
      }),
      { numRuns: 100 },
    );
  });

  test("a file cut off at any byte", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), (name, at) => {
        const bytes = pristine.get(name) ?? Buffer.alloc(0);
        const offset = at % bytes.length;
        expect(miss(findingsWith(name, bytes.subarray(0, offset)), name, lineAt(bytes, offset))).toBe("none");
      }),
      { numRuns: 200 },
    );
  });
});

test("one changed line costs one finding and does not discredit the rest", () => {
  const name = names[1] ?? "";
  const lines = linesOf(name).map(String);
  const seal = lines.findIndex((line) => line.startsWith('{"seal"'));
  const changes: [number, RegExp, string][] = [
    [seal, /"hash":"(.{20})./, '"hash":"$1*'],
    [seal, /"hash":"(.{20})(.)(.)/, '"hash":"$1$3$2'],
    [seal, /"seal":/, '"seal":1'],
    [seal, /"marks":"(.)(.)/, '"marks":"$2$1'],
    [seal, /"lines":/, '"lines":1'],
    [0, /"opened":1/, '"opened":2'],
    [1, /"at":1/, '"at":2'],
    [1, /"v":1/, '"v":2'],
  ];
  for (const [line, pattern, by] of changes) {
    const changed = lines.with(line, lines[line]?.replace(pattern, by) ?? "");
    expect(changed[line], `${by} changes nothing`).not.toBe(lines[line]);
    const findings = findingsWith(name, Buffer.from(changed.join("")));
    expect(findings).toMatchObject([{ segment: name, line: line + 1 }]);
  }
});

describe("what is missing as a whole is found", () => {
  const nameOf = (incarnation: string, at: number): string =>
    names.filter((name) => name.startsWith(incarnation)).at(at) ?? "";

  test("a segment in the middle", () => {
    const [first] = findingsWith(nameOf("first", 1), undefined);
    expect(first).toMatchObject({ segment: nameOf("first", 2), line: 1, what: "missing" });
  });

  test("the last segment of an incarnation that was followed by another", () => {
    const [first] = findingsWith(nameOf("first", -1), undefined);
    expect(first).toMatchObject({ segment: nameOf("first", -2), what: "truncated" });
    expect(first?.line).toBe(linesOf(nameOf("first", -2)).length);
  });

  test("a whole incarnation", () => {
    const [only] = names.filter((name) => name.startsWith("second"));
    const [first] = findingsWith(only ?? "", undefined);
    expect(first).toMatchObject({ segment: nameOf("third", 0), line: 2, what: "missing" });
  });

  test("the newest records, cut off cleanly behind a seal, only by a head that was kept elsewhere", () => {
    const name = nameOf("third", -1);
    const lines = linesOf(name);
    const cut = lines.slice(0, -1).findLastIndex((line) => line.toString().startsWith('{"seal"')) + 1;
    expect(cut).toBeGreaterThan(1);
    const bytes = Buffer.concat(lines.slice(0, cut));
    expect(findingsWith(name, bytes, "")).toEqual([]);
    expect(findingsWith(name, bytes)).toMatchObject([{ segment: name, line: cut, what: "truncated" }]);
  });
});

describe("a forger who seals his changes", () => {
  const sha = (text: string): string => hash("sha256", text, "base64url");

  /** Rewrites marks and seals of one incarnation's files after a change to their lines. */
  function seal(files: ReadonlyMap<string, string[]>): Map<string, Buffer> {
    let prev = "";
    const sealed = new Map<string, Buffer>();
    for (const [name, lines] of files) {
      let text = "";
      let marks = "";
      const written = lines.map((line, at) => {
        if (line.startsWith('{"seal"')) {
          const { seal: number, lines: count } = JSON.parse(line) as { seal: number; lines: number };
          prev = sha(prev + text);
          const out = `{"seal":${number},"lines":${count},"marks":"${marks}","hash":"${prev}"}`;
          [text, marks] = ["", ""];
          return out;
        }
        const out = at === 0 ? line.replace(/"prev":"[^"]*"/, `"prev":"${prev}"`) : line;
        text += `${out}\n`;
        marks += sha(out).slice(0, 4);
        return out;
      });
      sealed.set(name, Buffer.from(`${written.join("\n")}\n`));
    }
    return sealed;
  }

  function linesOfIncarnation(folderNow: string): Map<string, string[]> {
    const files = Array.from(readSegments(folderNow), ([name, bytes]): [string, string[]] => [
      name,
      bytes.toString().trimEnd().split("\n"),
    ]);
    return new Map(files);
  }

  async function forge(
    change: (lines: string[]) => string[],
    expectedHead?: true,
  ): Promise<readonly Finding[]> {
    const own = makeFolder();
    try {
      await recordWrites(own, "only", [4, 9, 5, 12], { segmentBytes: 65_536, shards: 2 });
      const kept = verifyFolder(own).head?.hash ?? "";
      const files = linesOfIncarnation(own);
      const [[name = "", lines = []] = []] = files;
      files.set(name, change(lines));
      for (const [path, bytes] of seal(files)) fs.writeFileSync(join(own, path), bytes);
      return verifyFolder(own, expectedHead === undefined ? {} : { expectedHead: kept }).findings;
    } finally {
      fs.rmSync(own, { recursive: true });
    }
  }

  test("is not noticed when he changes nothing, so the tests below test the change", async () => {
    expect(await forge((lines) => lines)).toEqual([]);
  });

  test("is given away by the chain behind a record he changed", async () => {
    const findings = await forge((lines) =>
      lines.with(4, lines[4]?.replace("crm_search", "crm_delete") ?? ""),
    );
    expect(findings).toMatchObject([{ what: "chain", segment: "only/000001.jsonl" }]);
  });

  test("and changes the last record of a chain is given away only by a head that was kept elsewhere", async () => {
    const change = (lines: string[]): string[] => {
      const at = lines.findLastIndex((line) => line.startsWith('{"v"'));
      return lines.with(at, lines[at]?.replace("crm_search", "crm_delete") ?? "");
    };
    expect(await forge(change)).toEqual([]);
    expect(await forge(change, true)).toMatchObject([{ what: "truncated" }]);
  });

  test("is given away by the count when he numbers the last record anew", async () => {
    const findings = await forge((lines) => {
      const at = lines.findLastIndex((line) => line.startsWith('{"v"'));
      return lines.with(at, lines[at]?.replace(/"n":\d+/, '"n":900') ?? "");
    });
    expect(findings[0]?.says).toContain("record 900");
  });

  test("is given away by the count when he drops a record", async () => {
    const findings = await forge((lines) =>
      lines.toSpliced(4, 1).map((line) => line.replace('"lines":4', '"lines":3')),
    );
    expect(findings[0]).toMatchObject({ what: "chain", segment: "only/000001.jsonl" });
  });
});

describe("the bounds of a verification", () => {
  test("segments that were archived are no finding when the first one kept is named", () => {
    const [first = "", second = ""] = names;
    fs.rmSync(join(folder, first));
    try {
      expect(verifyFolder(folder).ok).toBe(false);
      expect(verifyFolder(folder, { firstSegment: second, expectedHead: head }).findings).toEqual([]);
      expect(verifyFolder(folder, { firstSegment: names[2] ?? "" }).ok).toBe(false);
    } finally {
      fs.writeFileSync(join(folder, first), pristine.get(first) ?? "");
    }
  });

  test("the unsealed end of records that are being written is a finding only when nobody writes", () => {
    const name = names.at(-1) ?? "";
    fs.appendFileSync(join(folder, name), `${'{"v":1,"shard":1,"epoch":3'}`);
    try {
      expect(verifyFolder(folder).findings).toMatchObject([{ segment: name, what: "truncated" }]);
      expect(verifyFolder(folder, { live: true }).findings).toEqual([]);
    } finally {
      fs.writeFileSync(join(folder, name), pristine.get(name) ?? "");
    }
  });

  test("no more findings are listed than the bound; the rest is counted", async () => {
    const own = makeFolder();
    await recordWrites(
      own,
      "only",
      Array.from({ length: 20 }, () => 100),
      { segmentBytes: 4_194_304 },
    );
    const name = join(own, "only/000001.jsonl");
    const changed = fs.readFileSync(name, "utf8").replaceAll("crm_search", "crm_delete");
    fs.writeFileSync(name, changed);
    const { findings, findingsLeftOut } = verifyFolder(own);
    expect(findings).toHaveLength(limits.verifyFindingsMax);
    expect(findings.length + findingsLeftOut).toBe(2_000);
    fs.rmSync(own, { recursive: true });
  });
});

test("the verifier's files import nothing but protocol, Node.js and each other", () => {
  const own = ["verify.ts", "span.ts", "lines.ts"];
  for (const file of own) {
    const text = fs.readFileSync(join(import.meta.dirname, file), "utf8");
    const imported = Array.from(text.matchAll(/from "([^"]+)"/g), ([, from = ""]) => from);
    expect(imported.length).toBeGreaterThan(0);
    const foreign = imported.filter(
      (from) => !from.startsWith("node:") && !from.startsWith("../../protocol/"),
    );
    expect(foreign.every((from) => own.includes(from.replace("./", "")))).toBe(true);
  }
});
