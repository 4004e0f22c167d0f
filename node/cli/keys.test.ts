import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { KeyStore } from "../identity/keys.ts";
import { cleanUp, makeProject, openDesk } from "../control/desk.fixture.ts";
import { cli, cliJson } from "./cli.fixture.ts";

afterEach(cleanUp);

const keyPattern = /gwk_[A-Za-z0-9]+_[A-Za-z0-9]+_[A-Za-z0-9]+/g;

function openKeys(folder: string): KeyStore {
  return KeyStore.open(join(folder, ".gatehouse", "keys.json"), Date.now);
}

describe("keys create", () => {
  test("prints the key once, with a client configuration that can be pasted", async () => {
    const desk = openDesk();
    await desk.listen();
    const { status, out, err } = await cli(desk.folder, [
      "keys",
      "create",
      "--agent",
      "ci-bot",
      "--persona",
      "reader",
      "writer",
      "--days",
      "30",
    ]);
    expect({ status, err }).toEqual({ status: 0, err: [] });
    const text = out.join("\n");
    const [key = ""] = text.match(keyPattern) ?? [];
    expect(desk.keys.verify(key, desk.at)).toMatchObject({
      agent: "ci-bot",
      personas: ["reader", "writer"],
      expires: desk.at + 30 * 86_400_000,
    });
    const pasted = JSON.parse(text.slice(text.indexOf("{"))) as { mcpServers: { [name: string]: unknown } };
    expect(pasted.mcpServers["gatehouse-reader"]).toEqual({
      type: "http",
      url: "http://127.0.0.1:4999/t/default/p/reader/mcp",
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(Object.keys(pasted.mcpServers)).toEqual(["gatehouse-reader", "gatehouse-writer"]);
  });

  test("goes through the running node, and its record names the key and the operator", async () => {
    const desk = openDesk();
    await desk.listen();
    const { values, last } = await cliJson(desk.folder, [
      "keys",
      "create",
      "--agent",
      "ci-bot",
      "--user",
      "ann",
      "--persona",
      "reader",
    ]);
    const [made] = values;
    expect(last).toMatchObject({ command: "keys create", ok: true });
    expect(desk.records().find(({ kind }) => kind === "admin")).toMatchObject({
      auth: { by: "control" },
      about: { what: "key created", key: made?.["id"], agent: "ci-bot", user: "ann" },
    });
    expect(made).toMatchObject({ endpoints: [{ url: "http://127.0.0.1:4999/t/default/p/reader/mcp" }] });
  });

  test("without a node the key file itself is changed, and the operator is told that no record is", async () => {
    const folder = makeProject();
    const { status, out, err } = await cli(folder, [
      "keys",
      "create",
      "--agent",
      "ci-bot",
      "--persona",
      "reader",
    ]);
    expect(status).toBe(0);
    expect(err.join("\n")).toContain("no record");
    const [key = ""] = out.join("\n").match(keyPattern) ?? [];
    expect(openKeys(folder).verify(key, Date.now())).toMatchObject({ agent: "ci-bot" });
    expect(readFileSync(join(folder, ".gatehouse", "keys.json"), "utf8")).not.toContain(key.split("_")[2]);
    expect(statSync(join(folder, ".gatehouse", "keys.json")).mode & 0o777).toBe(0o600);
  });

  test.each([
    [["--agent", "a"], "--persona is missing"],
    [["--persona", "reader"], "--agent is missing"],
    [["--agent", "a", "--persona", "readr"], "did you mean `reader`"],
    [["--agent", "a", "--persona", "reader", "--days", "91"], "from 1 to 90"],
    [["--agent", "a", "--persona", "reader", "--days", "0"], "from 1 to 90"],
    [["--agent", "a", "--persona", "s/files"], "names no `files` under"],
  ])("%j makes no key", async (argv, says) => {
    const folder = makeProject();
    const { status, err } = await cli(folder, ["keys", "create", ...argv]);
    expect(status).toBe(2);
    expect(err.join("\n")).toContain(says);
    expect(existsSync(join(folder, ".gatehouse", "keys.json"))).toBe(false);
  });

  test("a server's own endpoint is named s/NAME", async () => {
    const folder = makeProject("servers: { files: { role: reader } }\n");
    const { values } = await cliJson(folder, ["keys", "create", "--agent", "a", "--persona", "s/files"]);
    expect(values).toMatchObject([
      {
        personas: ["s/files"],
        endpoints: [{ kind: "server", url: "http://127.0.0.1:4870/t/default/s/files/mcp" }],
      },
    ]);
  });
});

test("a key for the operators' metrics comes with the line that reads them, and nothing for MCP clients", async () => {
  const { out } = await cli(makeProject(), [
    "keys",
    "create",
    "--agent",
    "prometheus",
    "--persona",
    "metrics",
  ]);
  expect(out.join("\n")).toMatch(
    /curl -H 'Authorization: Bearer gwk_\S+' http:\/\/127\.0\.0\.1:4999\/metrics$/m,
  );
  expect(out.join("\n")).not.toContain("mcpServers");
});

test("a key of 30 days ends in 30 d, not in 29", async () => {
  const folder = makeProject();
  await cli(folder, ["keys", "create", "--agent", "a", "--persona", "reader", "--days", "30"]);
  expect((await cli(folder, ["keys", "list"])).out.join("\n")).toContain("ends in 30 d");
});

describe("keys list, rotate, revoke", () => {
  for (const isRunning of [true, false]) {
    test(`${isRunning ? "through a node" : "without a node"}: what is rotated works on, what is revoked is listed so, no secret is shown`, async () => {
      const desk = openDesk(makeProject(), Date.now());
      const { folder } = desk;
      if (isRunning) await desk.listen();
      const [first] = (await cliJson(folder, ["keys", "create", "--agent", "ci-bot", "--persona", "reader"]))
        .values;
      const [second] = (await cliJson(folder, ["keys", "rotate", String(first?.["id"])])).values;
      expect(second).toMatchObject({ replaces: first?.["id"], agent: "ci-bot" });
      expect((await cli(folder, ["keys", "revoke", String(second?.["id"])])).status).toBe(0);
      const listed = await cliJson(folder, ["keys", "list"]);
      expect(listed.last).toMatchObject({ figures: { keys: 2, inForce: 1 } });
      expect(listed.values.map((row) => [row["id"], String(row["state"]).split(" ")[0]])).toEqual([
        [first?.["id"], "ends"],
        [second?.["id"], "revoked"],
      ]);
      const text = [...(await cli(folder, ["keys", "list"])).out, JSON.stringify(listed.values)].join("\n");
      expect(text).not.toMatch(keyPattern);
      expect(text).not.toContain("hash");
      expect(text).toContain("ci-bot");
      const keys = openKeys(folder);
      expect(keys.verify(String(first?.["key"]), Date.now())).toBeDefined();
      expect(keys.verify(String(second?.["key"]), Date.now())).toBeUndefined();
    });

    test(`${isRunning ? "through a node" : "without a node"}: a key that is not there is a finding`, async () => {
      const desk = openDesk();
      if (isRunning) await desk.listen();
      for (const act of ["revoke", "rotate"]) {
        const { status, err } = await cli(desk.folder, ["keys", act, "AAAAAAAAAAAA"]);
        expect(status).toBe(1);
        expect(err.join("\n")).toContain("gatehouse keys list");
      }
    });
  }

  test("a key file that others can write is not used", async () => {
    const folder = makeProject();
    await cli(folder, ["keys", "create", "--agent", "a", "--persona", "reader"]);
    chmodSync(join(folder, ".gatehouse", "keys.json"), 0o666);
    const { status, err } = await cli(folder, ["keys", "list"]);
    expect(status).toBe(1);
    expect(err.join("\n")).toContain("chmod 600");
  });
});
