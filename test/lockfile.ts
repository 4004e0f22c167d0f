/**
 * lockfile: does a package-lock.json name every optional package that its packages ask for?
 *
 * npm writes none for a platform package that the registry in use does not carry, and then refuses its own lockfile
 * (`npm ci`: EUSAGE, "Missing: ... from lock file"). `npm run lockfile` writes the missing ones from what is certain:
 * the version its parent pins, and the platform its name says. They have no digest, as nobody here has seen them; npm
 * leaves them out on every other platform.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface MissingOptional {
  readonly name: string;
  /** As its parent pins it. */
  readonly version: string;
  /** Whether only development needs it. */
  readonly dev: boolean;
}

const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;
const platform =
  /(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)/;
const folder = "node_modules/";

/** @returns the optional packages that are asked for and not locked */
export function missingOptionals({ packages }: Lockfile): readonly MissingOptional[] {
  const locked = new Set(
    Object.keys(packages).map((path) => path.slice(path.lastIndexOf(folder) + folder.length)),
  );
  return Object.values(packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !locked.has(name))
      .map(([name, version]) => ({ name, version: version.replace(/^[~^]/, ""), dev })),
  );
}

/** @returns the entry that npm itself would write, without the digest */
function entryFor({ name, version, dev }: MissingOptional): LockedPackage {
  const [, os, cpu] = platform.exec(name) ?? [];
  if (os === undefined || cpu === undefined || !exactVersion.test(version)) {
    throw new Error(`${name}@${version}: its name does not say for which platform it is; lock it by hand`);
  }
  const libc = name.includes("musl") ? "musl" : name.includes("gnu") ? "glibc" : undefined;
  const needsLibc = os === "linux" && libc !== undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(needsLibc && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** @returns the lockfile with an entry for each missing optional package, in npm's order */
export function completed<T extends Lockfile>(lock: T): T {
  const added = missingOptionals(lock).map((each) => [`${folder}${each.name}`, entryFor(each)] as const);
  const packages = [...Object.entries(lock.packages), ...added].toSorted(([a], [b]) =>
    a.localeCompare(b, "en"),
  );
  return { ...lock, packages: Object.fromEntries(packages) };
}

if (import.meta.main) {
  const paths = process.argv.slice(2);
  for (const path of paths.length > 0 ? paths : ["package-lock.json"]) {
    const lock: Lockfile = JSON.parse(readFileSync(path, "utf8"));
    const missing = missingOptionals(lock).length;
    if (missing > 0) writeFileSync(path, `${JSON.stringify(completed(lock), null, 2)}\n`);
    console.log(`${path}: ${missing} platform packages added`);
  }
}
