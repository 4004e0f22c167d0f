// An operator's program: one call over gRPC with mutual TLS, its answer as JSON. A start for programs of your own; health.proto
// and operators.proto beside node/control/grpc.ts are all that another language needs.
//
//   node bin/ready.mjs tool deploy/examples/operators/operator.ts HOST:PORT FOLDER METHOD [JSON]
//
// FOLDER holds ca.pem, ops.pem and ops-key.pem (docs/cluster.md, "Operators' programs"). METHOD: Check, Watch, Status, Drain,
// Kill or Lift. Exit status: 0 answered, 1 refused or not reached, 2 misuse.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const protos = resolve(import.meta.dirname, "../../../node/control");
const services = { Check: "health", Watch: "health", Status: "operators", Drain: "operators", Kill: "operators", Lift: "operators" } as const; // prettier-ignore
type Method = keyof typeof services;

type Answered = (fault: ServiceError | null, answer: object) => void;
interface Service {
  readonly [method: string]: (request: object, answered?: Answered) => NodeJS.EventEmitter;
}

function open(address: string, folder: string, method: Method): Service {
  const file = join(protos, `${services[method]}.proto`);
  const loaded = loadPackageDefinition(loadSync(file, { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true })); // prettier-ignore
  const [ca, key, cert] = ["ca.pem", "ops-key.pem", "ops.pem"].map((name) =>
    readFileSync(join(folder, name)),
  );
  const secure = credentials.createSsl(ca, key, cert);
  const name = services[method] === "health" ? "grpc.health.v1.Health" : "gatehouse.v1.Operators";
  let found: unknown = loaded;
  for (const part of name.split(".")) found = (found as { readonly [part: string]: unknown })[part];
  const Client = found as new (address: string, secure: unknown) => Service;
  return new Client(address, secure);
}

const [address = "", folder = "", method = "", request = "{}"] = process.argv.slice(2);
if (!Object.hasOwn(services, method)) {
  console.error(`usage: operator.ts HOST:PORT FOLDER ${Object.keys(services).join("|")} [JSON]`);
  process.exit(2);
}
const service = open(address, folder, method as Method);
const fail = (fault: ServiceError): void => {
  console.error(fault.details);
  process.exit(1);
};
const asked = JSON.parse(request) as object;
if (method === "Watch") {
  const stream = service[method]?.(asked);
  stream?.on("data", (answer) => console.log(JSON.stringify(answer))).on("error", fail);
} else {
  service[method]?.(asked, (fault, answer) => {
    if (fault !== null) return fail(fault);
    console.log(JSON.stringify(answer));
    process.exit(0);
  });
}
