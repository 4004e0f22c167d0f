/** Schema of gatehouse.yaml: one node and what it serves. Unknown keys are errors. Values left out come from limits.ts. */
import { z } from "zod";
import { secretSource } from "./catalogue.ts";
import { isName, nameRule } from "./id.ts";
import { dlpSettingsSchema } from "./recognisers.ts";
import { bucketSchema } from "./role.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });

export const defaultPort = 4870;

export const settingsSchema = z.strictObject({
  node: name.default("node-1").describe("This node's name in records."),
  listen: z
    .strictObject({
      host: z.string().min(1).max(255).default("127.0.0.1").describe("Address to listen on. Other machines reach the node only at another than loopback."), // prettier-ignore
      port: z.int().min(0).max(65_535).default(defaultPort).describe("0 picks a free port."),
      publicUrl: z
        .url()
        .optional()
        .describe("What agents see, if a proxy stands before us. Audience of access tokens."),
      allowedHosts: z
        .array(z.string().max(255))
        .max(64)
        .default([])
        .describe("Host header values besides our own."),
      allowedOrigins: z
        .array(z.string().max(255))
        .max(64)
        .default([])
        .describe("Origin header values besides our own."),
    })
    .prefault({})
    .describe("Where agents reach the node; docs/identity.md has the rules for Host and Origin."),
  data: z.string().min(1).max(1024).default(".gatehouse").describe("Data folder, relative to this file."),
  catalogue: z.string().min(1).max(1024).default("catalogue.yaml").describe("The catalogue, relative to this file; its lock lies beside it."), // prettier-ignore
  personas: z.string().min(1).max(1024).default("personas").describe("Folder of *.role.yaml."),
  skills: z.string().min(1).max(1024).default("skills").describe("Folder of skills, NAME/SKILL.md each."),
  servers: z
    .record(
      name,
      z.strictObject({
        role: name.describe("The role that grants this server's things only, under their own names."),
      }),
    )
    .default({})
    .describe("Unprefixed endpoints /t/{tenant}/s/{server}/mcp and the role each one uses."),
  websocket: z.boolean().default(true).describe("The WebSocket door; `call` and `connect` need it."),
  sse: z.boolean().default(true).describe("HTTP+SSE of revision 2024-11-05."),
  oauth: z
    .strictObject({
      issuers: z
        .array(
          z.strictObject({
            issuer: z.url().describe("Exactly as `iss` of its tokens has it."),
            jwks: z.url().describe("Address of its JWKS."),
            algorithms: z.array(z.enum(["ES256", "ES384", "EdDSA", "RS256", "PS256"])).min(1).default(["ES256", "EdDSA", "RS256"]).describe("Signatures that are taken."), // prettier-ignore
            private: z
              .array(z.string().max(64))
              .max(64)
              .default([])
              .describe("CIDR ranges that are not public but allowed."),
            typ: z
              .enum(["at+jwt", "any"])
              .default("at+jwt")
              .describe("RFC 9068 typ header; `any` also takes JWT or none."),
            agentClaim: z.string().min(1).max(64).default("client_id").describe("Claim that names the agent; else azp, else sub."), // prettier-ignore
            userClaim: z.string().min(1).max(64).optional().describe("Claim that names the human; default sub if it differs from the agent."), // prettier-ignore
            scope: z.string().min(1).max(64).optional().describe("Scope that the token must carry."),
          }),
        )
        .max(16)
        .default([])
        .describe("Issuers whose access tokens are taken, for every endpoint."),
    })
    .prefault({})
    .describe("Access tokens beside API keys; docs/identity.md."),
  roles: z
    .strictObject({
      approval: z
        .enum(["off", "required"])
        .default("off")
        .describe(
          "required: a role that lets more pass than its last approved version is refused; docs/missions.md.",
        ),
      approvers: z
        .array(
          z.string().regex(/^[A-Za-z0-9_-]{43}$/, {
            message: "must be a public key, as gatehouse role approve prints it",
          }),
        )
        .max(64)
        .default([])
        .describe(
          "Public keys of administrators at other machines whose approvals count here, besides this data folder's own.",
        ),
    })
    .prefault({})
    .describe("Versions of roles; docs/missions.md."),
  console: z
    .enum(["decisions", "refusals", "none"])
    .default("decisions")
    .describe("What `gatehouse start` prints of each decision."),
  records: z
    .strictObject({
      segmentBytes: z
        .int()
        .min(4096)
        .max(1_073_741_824)
        .optional()
        .describe("A segment that would grow beyond it is followed by a new one."),
    }) // prettier-ignore
    .prefault({})
    .describe("Files of records; docs/records.md."),
  session: z
    .strictObject({
      memoryDays: z
        .number()
        .positive()
        .max(3650)
        .default(30)
        .describe("How long a session that does not call is remembered."),
    }) // prettier-ignore
    .prefault({})
    .describe("What the node remembers of a session."),
  cluster: z
    .strictObject({
      name: name.describe("The cluster's name: nodes with another one are not heard."),
      secret: secretSource.describe("At least 32 characters, the same on every node: shards and sealed handles follow from it."), // prettier-ignore
      nats: z
        .strictObject({
          servers: z.array(z.string().regex(/^(nats|tls):\/\/[^\s/@]{1,255}$/, { message: "must be nats://host:port or tls://host:port, without user and password" })).min(1).max(16).describe("NATS servers, 2.11 or newer."), // prettier-ignore
          ca: z.string().min(1).max(1024).optional().describe("PEM file of the authority that signed the servers' certificates, relative to this file. With it, TLS comes first."), // prettier-ignore
          frames: secretSource.optional().describe("Seed of the nkey for frames between nodes: an account without JetStream."), // prettier-ignore
          store: secretSource.optional().describe("Seed of the nkey for the shared rows: an account with JetStream."), // prettier-ignore
        })
        .describe("Where the nodes meet; docs/cluster.md has the permissions that NATS must give."),
      replicas: z.literal([1, 3, 5]).default(3).describe("NATS servers that keep a copy of the shared rows, not more than there are: an even number bears no more losses than the odd one below it."), // prettier-ignore
      weight: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .describe("This node's share of sessions against the other nodes'."),
    })
    .optional()
    .describe("Nodes that share sessions; docs/cluster.md. Without it a node is alone."),
  vault: z
    .strictObject({
      key: secretSource.optional().describe("The master key: 32 bytes in base64 or hex, the same on every node. Without it one is made in the data folder; in a cluster it follows from cluster.secret."), // prettier-ignore
      retired: z.array(secretSource).max(8).default([]).describe("Master keys of before: what stands under them still opens."), // prettier-ignore
    })
    .prefault({})
    .describe("Keys of sealed secrets, tokens and keyed hashes; docs/vault.md."),
  scopes: z
    .strictObject({
      tenant: bucketSchema.optional().describe("All sessions of a tenant together."),
      agent: bucketSchema
        .optional()
        .describe("All sessions of an agent together, under whatever persona and user."),
      user: bucketSchema
        .optional()
        .describe("All sessions of a user together; an agent without a user is its own."),
      labels: z
        .enum(["agent", "user"])
        .default("agent")
        .describe("Where data labels exist: whether what one session has read holds for all sessions of its agent, or for those of the same user."), // prettier-ignore
    })
    .prefault({})
    .describe(
      "What sessions share, at every node; docs/session.md, scopes. Without a bucket there is no such limit.",
    ),
  approvals: z
    .strictObject({
      webhook: z
        .strictObject({
          url: z.url().describe("Where it is posted that a call waits for a person."),
          secret: secretSource.describe("Key of the HMAC-SHA256 over each message."),
          private: z.array(z.string().max(64)).max(64).default([]).describe("CIDR ranges that are not public but allowed."), // prettier-ignore
          ca: z.string().min(1).max(1024).optional().describe("PEM file of the authority of its certificate, relative to this file, instead of the system's."), // prettier-ignore
        })
        .optional()
        .describe("A program of your own that is told; it decides nothing."),
    })
    .prefault({})
    .describe("Calls that wait for a person; docs/approvals.md."),
  dlp: dlpSettingsSchema.prefault({}).describe("Sensitive data: what looks for it besides the scanner of this process."), // prettier-ignore
  grpc: z
    .strictObject({
      host: z.string().min(1).max(255).default("127.0.0.1").describe("Address to listen on."),
      port: z.int().min(0).max(65_535).describe("Port to listen on; 0 takes a free one."),
      cert: z.string().min(1).max(1024).describe("PEM file of the listener's certificate, relative to this file."), // prettier-ignore
      key: z.string().min(1).max(1024).describe("PEM file of its private key, for its owner alone (chmod 600), relative to this file."), // prettier-ignore
      ca: z.string().min(1).max(1024).describe("PEM file of the authority that signs clients' certificates, relative to this file."), // prettier-ignore
      clients: z.array(z.string().regex(/^[\x21-\x7e]{1,256}$/, { message: "must be a DNS name or URI as it stands in the certificate's subjectAltName" })).max(64).default([]).describe("Names in clients' certificates that may ask and order; all others may look at the health service."), // prettier-ignore
    })
    .optional()
    .describe(
      "Operators' own programs: cluster status, drain, kill, lift and the standard health service over gRPC with mutual TLS. Off unless it is here.",
    ),
  telemetry: z
    .strictObject({ otlp: z.url().optional().describe("OTLP/HTTP traces endpoint.") })
    .prefault({})
    .describe("What leaves for an observer, besides /metrics."),
});
export type Settings = z.infer<typeof settingsSchema>;
