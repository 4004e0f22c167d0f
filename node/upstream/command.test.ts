import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childEnvironment, isStripped, readCommand } from "./command.ts";

function reading(command: string, args: readonly string[]): string {
  try {
    readCommand({ command, args }, "/etc/gatehouse");
    return "taken";
  } catch (error) {
    return String(error);
  }
}

describe("an interpreter gets no program on its command line", () => {
  const refused: readonly (readonly [command: string, ...args: string[]])[] = [
    ["node", "-e", "code"], ["node", "--eval", "code"], ["node", "--eval=code"], ["node", "-p", "code"], ["node", "-pe", "code"], ["node", "--print", "1"],
    ["node", "-r", "./x.js", "s.js"], ["node", "--require", "./x.js", "s.js"], ["node", "--require=./x.js", "s.js"], ["node", "--import", "data:text/javascript,1", "s.js"],
    ["node", "--import=./x.js", "s.js"], ["node", "--loader=./x.js", "s.js"], ["node", "--experimental-loader", "./x.js", "s.js"], ["node", "-"], ["node", "-i"],
    ["node", "--inspect=0.0.0.0:9229", "s.js"], ["node", "--inspect-brk", "s.js"], ["node", "--env-file=.env", "s.js"], ["node", "--conditions", "x", "-e", "code"],
    ["node", "--enable-source-maps", "-e", "code"], ["node", "--stack-trace-limit", "9", "--eval", "code"], ["node", "inspect", "s.js"], ["node", "-c", "s.js"],
    ["./bin/node", "-e", "code"], ["/usr/bin/nodejs", "--eval=code"], ["/usr/bin/sh", "-c", "code"], ["/bin/bash", "-c", "code"], ["/bin/bash", "-lc", "code"],
    ["/bin/bash", "-ec", "code"], ["/bin/bash", "-o", "pipefail", "-c", "code"], ["/bin/bash", "--norc", "-c", "code"], ["/bin/bash", "--rcfile", "x", "-i"],
    ["/bin/bash", "--init-file", "x"], ["/bin/dash", "-c", "code"], ["/bin/zsh", "-c", "code"], ["/bin/sh", "+x", "-c", "code"], ["/bin/sh", "-s"], ["/bin/sh", "-e", "s.sh"],
    ["/usr/bin/python3", "-c", "code"], ["/usr/bin/python3.12", "-Ic", "code"], ["/usr/bin/python", "-uc", "code"], ["/usr/bin/python3", "-X", "dev", "-c", "code"],
    ["/usr/bin/python3", "-W", "ignore", "-c", "code"], ["/usr/bin/python3", "-i", "s.py"], ["/usr/bin/python3", "-"], ["/usr/bin/perl", "-e", "code"],
    ["/usr/bin/ruby", "-e", "code"], ["/usr/bin/php", "-r", "code"], ["/usr/bin/deno", "eval", "code"], ["/usr/bin/bun", "x", "pkg"], ["/usr/bin/bun", "-e", "code"],
    ["/usr/bin/env", "node", "-e", "code"], ["/bin/busybox", "sh", "-c", "code"], ["/usr/bin/xargs", "sh"], ["/usr/bin/sudo", "id"],
  ]; // prettier-ignore
  test.each(refused.map(([command, ...args]) => ({ command, args })))(
    "$command $args is refused",
    ({ command, args }) => {
      expect(reading(command, args)).toMatch(/CONFIGURATION|cannot be used/);
    },
  );

  const taken: readonly (readonly [command: string, ...args: string[]])[] = [
    ["node", "./server.js", "-e", "production", "-p", "3000", "--import", "csv"], ["node", "--enable-source-maps", "./s.js", "-c", "x"],
    ["node", "--max-old-space-size=200", "./s.js", "-p", "1"], ["node", "--permission", "--allow-fs-read=/srv", "./s.js"], ["/bin/sh", "./run.sh", "-c", "x"],
    ["/usr/bin/python3", "-m", "server", "-c", "x"], ["/usr/bin/python3", "-um", "server", "-c", "x"], ["/usr/bin/python3", "./s.py", "-c", "x"],
    ["/opt/tool/server", "-c", "config.yaml", "-e", "prod"], ["/usr/bin/bun", "run", "./s.ts", "-e", "x"],
  ]; // prettier-ignore
  test.each(taken.map(([command, ...args]) => ({ command, args })))(
    "$command $args is taken",
    ({ command, args }) => {
      expect(reading(command, args)).toBe("taken");
    },
  );

  test("wherever they stand before the script, -e and --eval never pass", () => {
    const flag = fc.constantFrom(
      "--enable-source-maps",
      "--no-warnings",
      "--stack-size=9",
      "--conditions",
      "--title",
      "-C",
      "--x",
      "-v",
    );
    fc.assert(
      fc.property(
        fc.array(flag, { maxLength: 5 }),
        fc.constantFrom("-e", "--eval", "--eval=1", "-p", "-pe"),
        (flags, bad) => {
          expect(reading("node", [...flags, bad, "code"])).not.toBe("taken");
        },
      ),
    );
  });
});

test("the binary is our own node or a path: nothing is looked up", () => {
  expect(readCommand({ command: "node", args: [] }, "/etc").file).toBe(process.execPath);
  expect(
    readCommand({ command: "./bin/tool", args: ["./a", "../b", "c", ".hidden", "-x=./d"] }, "/etc/gatehouse"),
  ).toEqual({
    file: "/etc/gatehouse/bin/tool",
    args: ["/etc/gatehouse/a", "/etc/b", "c", ".hidden", "-x=./d"],
    folder: "/etc/gatehouse",
  });
  for (const bare of ["npx", "python3", "bash", "uvx"]) expect(reading(bare, [])).toMatch(/bare name/);
  expect(reading("./tool", ["a\0b"])).toMatch(/NUL/);
  expect(readCommand({ command: "node", args: [], folder: "work" }, "/etc/gatehouse").folder).toBe(
    "/etc/gatehouse/work",
  );
});

test("a child's environment is PATH, HOME and its entry's, without what loads other code", () => {
  const bad = ["NODE_OPTIONS", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV", "PYTHONSTARTUP", "PYTHONPATH", "PERL5OPT", "RUBYOPT", "DYLD_INSERT_LIBRARIES", "JAVA_TOOL_OPTIONS", "GIT_SSH_COMMAND", "NODE_PATH", "BASH_FUNC_x", "PS4"]; // prettier-ignore
  const env = { ...Object.fromEntries(bad.map((name) => [name, "x"])), PORT: "80", LOG_LEVEL: "debug" };
  const made = childEnvironment({ command: "node", args: [], env }, "/tmp/h", "/usr/bin");
  expect(made.env).toEqual({ PATH: "/usr/bin", HOME: "/tmp/h", PORT: "80", LOG_LEVEL: "debug" });
  expect([...made.stripped].sort()).toEqual([...bad].sort());
  expect(["API_KEY", "PATH", "MEMORY_FILE_PATH", "ENVIRONMENT", "NODE_ENV"].filter(isStripped)).toEqual([]);
});
